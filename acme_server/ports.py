"""The ports: what the services need of the world, each a Protocol with a written fake.

Adapters implement these; services are handed them. Nothing here imports an adapter.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cryptography import x509

from acme_server.domain.audit import AuditEvent
from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.document import Kind
from acme_server.domain.problems import ErrorType
from certwright.bundles.credential import CredentialInForce
from certwright.bundles.profile import ProfileInForce
from certwright.bundles.signer import SignerInForce
from certwright.pki.certificates import LeafContents
from certwright.policy.identifiers import Identifier


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`, at once when that is not above zero."""
        ...


class Randomness(Protocol):
    """Unpredictable bytes."""

    def token(self, length: int) -> bytes:
        """Return `length` bytes that nobody can guess."""
        ...


@dataclass(frozen=True, slots=True)
class Record:
    """A document as stores see it: JSON text under a kind and an id, with three marks to select by.

    `owner` and `work` are short words, `due` the hour, `2026-11-23T17Z`, in which it expired.
    """

    kind: Kind
    id: str
    body: bytes
    owner: str | None = None
    work: str | None = None
    due: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A record and the version it was read at. Versions are compared for equality only."""

    record: Record
    version: str


class Select(StrEnum):
    """The closed list of selections that a store can scan by.

    Never on the way of a client's request, but for the list of an account's orders.
    """

    EVERYTHING = "everything"
    OWNED_BY = "owner"
    PENDING_WORK = "work"
    DUE_BEFORE = "due"


@dataclass(frozen=True, slots=True)
class Selection:
    """One selection: documents of `kind` by `select`.

    `value` is the owner, the work's name or the hour (exclusive), and unused with `EVERYTHING`.
    `after` is the id to go on from, exclusive; results come in order of their ids.
    """

    kind: Kind
    select: Select = Select.EVERYTHING
    value: str = ""
    after: str = ""
    limit: int = 1000


class AlreadyExists(Exception):
    """A create met a document of that kind and id."""


class Conflict(Exception):
    """A replace or delete met another version, or nothing."""


class StoreUnavailable(Exception):
    """The store can't be reached or didn't answer in time. A write may or may not have landed."""


class StoreForbidden(StoreUnavailable):
    """The store's rules refuse this server what it asked for; nothing was written.

    The sentence has the rule's own words: for those who run the server, not for clients.
    """


class StoreUnwritable(StoreUnavailable):
    """The store can be asked, and takes no write from anybody: a full disk, a read-only volume."""


class Store(Protocol):
    """A versioned document store. No transactions; every verb is atomic for its one document.

    Every verb may raise `StoreUnavailable`.
    """

    async def get(self, kind: Kind, id: str) -> Stored | None:  # noqa: A002
        """Return the current document, or None. Never stale."""
        ...

    async def create(self, record: Record) -> str:
        """Store a new document durably and return its version; raise `AlreadyExists`."""
        ...

    async def replace(self, record: Record, version: str) -> str:
        """Store a document over `version` durably and return the new one; raise `Conflict`."""
        ...

    async def delete(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
        """Remove a document at `version`; raise `Conflict`."""
        ...

    def scan(self, selection: Selection) -> AsyncIterator[Stored]:
        """Yield the documents of a selection in order of their ids."""
        ...


class NonceRejected(Exception):
    """The nonce was never issued here, was used or has gone: 400 `badNonce`."""


class NoncesUnavailable(Exception):
    """The replica that issued the nonce can't be asked now: 503."""


class Nonces(Protocol):
    """Anti-replay nonces (RFC 8555 §6.5)."""

    def issue(self, *, authenticated: bool) -> str:
        """Return a fresh nonce, base64url.

        `authenticated` says that the answer it goes with is to a verified request: those live in a
        ring of their own, so that a flood of newNonce can't expire them.
        """
        ...

    async def redeem(self, nonce: str) -> None:
        """Use a nonce up; raise `NonceRejected` or `NoncesUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class ValidationRequest:
    """One attempt to prove control of an identifier.

    `identifier` has no `*.`: a wildcard's authorization names its base. `key_authorization` is
    RFC 8555 §8.1's string.
    """

    type: ChallengeType
    identifier: Identifier
    token: str
    key_authorization: str


@dataclass(frozen=True, slots=True)
class ValidationFailure:
    """Why an attempt failed: a type and a sentence that never echoes what the target sent."""

    type: ErrorType
    detail: str


class Validator(Protocol):
    """The one who looks whether a challenge is met."""

    async def attempt(self, request: ValidationRequest) -> ValidationFailure | None:
        """Make one attempt, bounded in time and bytes; return None when the challenge is met."""
        ...


class Signer(Protocol):
    """The one who signs leaf certificates."""

    async def sign(
        self, signer: SignerInForce, contents: LeafContents, serial: int
    ) -> x509.Certificate:
        """Return the signed certificate; raise `certwright.pki.certificates.LeafRefused`."""
        ...


class BundlesUnavailable(Exception):
    """What is in force can't be told now: 503. The sentence is for clients."""


class Bundles(Protocol):
    """What the operator, or the folder, hands the server.

    Every verb may raise `BundlesUnavailable`.
    """

    def require_current(self) -> None:
        """Return if changes are seen as they are made; raise `BundlesUnavailable` if not.

        Asked where policy decides: whoever has lost sight of changes must not go on issuing by what
        may have been withdrawn.
        """
        ...

    async def profile(self, namespace: str, name: str) -> ProfileInForce | None:
        """Return a profile as it is in force now, or None when nobody has written one."""
        ...

    async def credential(self, key_identifier: str) -> CredentialInForce | None:
        """Return the credential of a KID (`NAMESPACE.NAME`), or None."""
        ...


class Audit(Protocol):
    """The audit log."""

    def record(self, event: AuditEvent) -> None:
        """Write an event down; never raises.

        What it tells of has happened already, so whoever can't write it says so elsewhere.
        """
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was answered.

    `resource` is its name of RFC 8555 §7.1, None where there is none at the path. `problem` is the
    type of the problem document, if the answer was one. `seconds` is how long the answer took.
    """

    resource: str | None
    method: str
    status: int
    problem: ErrorType | None
    seconds: float


class Meter(Protocol):
    """The one who counts requests."""

    def answered(self, request: Answered) -> None:
        """Count a request; cheap, since every one waits for it."""
        ...


class Replicas(Protocol):
    """Those who serve the same store."""

    def alive(self, identity: str, /) -> bool:
        """Return whether a replica is at work, as far as this one knows; never wait for that.

        `identity` is what it writes into what it works on.
        """
        ...


class Capacity(Protocol):
    """A store that can hold only so much."""

    async def count(self, kind: Kind) -> int:
        """Return about how many documents of a kind are stored; raise `StoreUnavailable`."""
        ...


class Writable(Protocol):
    """A store that can tell whether it would take what this server writes."""

    async def try_writing(self) -> None:
        """Return if it would.

        Raises:
            StoreForbidden: Its rules refuse this server's writes.
            StoreUnwritable: It takes nobody's.
            StoreUnavailable: It can't be told.
        """
        ...
