"""The documents that every store keeps (the state protocol's seven, and the issuer's chain).

A document is read whole and written whole. It keeps members it doesn't know, so that a newer and an
older replica can work side by side, and it names the operation that last wrote it, so that a writer
whose answer got lost can tell its own success from another's.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.problems import ErrorType
from certwright.policy.identifiers import Identifier, IdentifierType

SCHEMA = 1


class Kind(StrEnum):
    """The kinds of documents, by the names that stores know them by."""

    ACCOUNT = "account"
    ACCOUNT_KEY = "accountkey"
    ENROLLMENT = "enrollment"
    AUTHORIZATION = "authorization"
    ORDER = "order"
    CERTIFICATE = "certificate"
    ISSUER_CHAIN = "issuerchain"


class AccountStatus(StrEnum):
    """The states of an account (RFC 8555 §7.1.6)."""

    VALID = "valid"
    DEACTIVATED = "deactivated"
    REVOKED = "revoked"


class AuthorizationStatus(StrEnum):
    """The states of an authorization (RFC 8555 §7.1.6). `expired` is derived from the clock."""

    PENDING = "pending"
    VALID = "valid"
    INVALID = "invalid"
    DEACTIVATED = "deactivated"
    EXPIRED = "expired"
    REVOKED = "revoked"


class ChallengeStatus(StrEnum):
    """The states of a challenge (RFC 8555 §7.1.6)."""

    PENDING = "pending"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"


class OrderStatus(StrEnum):
    """The states of an order (RFC 8555 §7.1.6), always derived, never stored."""

    PENDING = "pending"
    READY = "ready"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"


class Part(BaseModel):
    """A member of a document; like the document, it keeps members it doesn't know."""

    model_config = ConfigDict(
        frozen=True, extra="allow", alias_generator=to_camel, populate_by_name=True
    )

    def but(self, **changes: Any) -> Self:
        """Return a copy with some members changed, by their attributes' names."""
        if unknown := changes.keys() - type(self).model_fields.keys():
            raise TypeError(f"{type(self).__name__} has no member {', '.join(sorted(unknown))}")
        return self.model_copy(update=changes)


class Document(Part):
    """What all documents have: an id, the schema of their writer and their last operation."""

    kind: ClassVar[Kind]

    id: str
    # The member is called `schema`; the attribute is not, since a model has a method of that name.
    schema_version: int = Field(default=SCHEMA, alias="schema")
    last_operation: str = ""

    @property
    def owner(self) -> str | None:
        """The account that a list of this kind is asked for by."""
        return None

    @property
    def work(self) -> str | None:
        """The name of pending work that another replica may have to take over."""
        return None

    @property
    def due(self) -> datetime | None:
        """When the document has expired; retention counts from here."""
        return None

    @property
    def written(self) -> datetime | None:
        """A time at which it was certainly there already, where it tells."""
        return None


class StoredProblem(Part):
    """A problem that is shown again each time its challenge or order is read."""

    type: ErrorType
    detail: str


class CredentialBinding(Part):
    """Which EABCredential an account is bound to and by which grant.

    The UIDs tell a credential or profile from a later one of the same name.
    """

    namespace: str
    name: str
    uid: str
    grant: str
    bound: AwareDatetime


class Account(Document):
    """An account of one profile (RFC 8555 §7.1.2).

    `enrollment` is the id of the enrollment that counts it, where one does. `used` is when it
    was last in use, to a month.
    """

    kind: ClassVar[Kind] = Kind.ACCOUNT

    profile: str
    key: dict[str, str]
    pending_key: dict[str, str] | None = None
    contact: tuple[str, ...] = ()
    status: AccountStatus = AccountStatus.VALID
    credential: CredentialBinding | None = None
    enrollment: str | None = None
    created: AwareDatetime
    used: AwareDatetime | None = None

    @property
    def written(self) -> datetime | None:
        """When it was created."""
        return self.created

    @property
    def due(self) -> datetime | None:
        """When it was last in use."""
        return self.used or self.created


class AccountKey(Document):
    """The account that a key points to; it counts only if that account's current key matches.

    Its id is a hash of profile and JWK thumbprint. It is kept for past keys too. `leaving` is since
    when its account is about to be swept, or is.
    """

    kind: ClassVar[Kind] = Kind.ACCOUNT_KEY

    account: str
    leaving: AwareDatetime | None = None

    @property
    def owner(self) -> str | None:
        """The account."""
        return self.account

    @property
    def due(self) -> datetime | None:
        """Since when its account is leaving."""
        return self.leaving


class Enrolled(Part):
    """One place taken: by which account, and since when."""

    account: str
    since: AwareDatetime


class Enrollment(Document):
    """The accounts bound under one grant from one namespace, where `maxAccounts` bounds them.

    An account is entered before it is created, so that two can't share the last place.
    """

    kind: ClassVar[Kind] = Kind.ENROLLMENT

    accounts: tuple[Enrolled, ...] = Field(default=(), max_length=1000)


class Challenge(Part):
    """One challenge of an authorization (RFC 8555 §7.1.5).

    `worker` is the replica that works on it while it is processing, where there are several.
    """

    type: ChallengeType
    token: str
    status: ChallengeStatus = ChallengeStatus.PENDING
    validated: AwareDatetime | None = None
    error: StoredProblem | None = None
    started_at: AwareDatetime | None = None
    worker: str | None = None


class StoredIdentifier(Part):
    """An identifier as a document holds it."""

    type: IdentifierType
    value: str

    @classmethod
    def of(cls, identifier: Identifier) -> Self:
        """Return an identifier as documents hold it."""
        return cls(type=identifier.type, value=identifier.value)

    @property
    def identifier(self) -> Identifier:
        """The identifier, as policy and validation take it."""
        return Identifier(self.type, self.value)


class Authorization(Document):
    """A numbered slot: the current authorization of an account for one identifier.

    Numbered anew when the last one is final or expired; a reference to an older number is dead.
    `granted` says that it is valid because a grant skips validation, not because a challenge was
    met: it is worth nothing once the grant says otherwise.
    """

    kind: ClassVar[Kind] = Kind.AUTHORIZATION

    number: int
    account: str
    profile: str
    identifier: StoredIdentifier
    wildcard: bool = False
    status: AuthorizationStatus = AuthorizationStatus.PENDING
    granted: bool = False
    expires: AwareDatetime
    challenges: tuple[Challenge, ...] = ()

    @property
    def owner(self) -> str | None:
        """The account."""
        return self.account

    @property
    def work(self) -> str | None:
        """`validation` while it is pending and a challenge of it is processing."""
        processing = any(each.status is ChallengeStatus.PROCESSING for each in self.challenges)
        pending = self.status is AuthorizationStatus.PENDING
        return "validation" if pending and processing else None

    @property
    def due(self) -> datetime | None:
        """When it expires."""
        return self.expires


class AuthorizationReference(Part):
    """Which number of which slot an order stands on."""

    slot: str
    number: int


class Order(Document):
    """An order (RFC 8555 §7.1.3) without its status, which is derived from what it refers to.

    `kept_until` is when the certificate expires that came of it, once the sweeper has met it.
    """

    kind: ClassVar[Kind] = Kind.ORDER

    account: str
    profile: str
    identifiers: tuple[StoredIdentifier, ...]
    authorizations: tuple[AuthorizationReference, ...]
    serial: str
    created: AwareDatetime
    expires: AwareDatetime
    not_before: AwareDatetime | None = None
    not_after: AwareDatetime | None = None
    error: StoredProblem | None = None
    kept_until: AwareDatetime | None = None

    @property
    def written(self) -> datetime | None:
        """When it was created."""
        return self.created

    @property
    def owner(self) -> str | None:
        """The account."""
        return self.account

    @property
    def due(self) -> datetime | None:
        """When it expires, or the certificate that came of it."""
        return max(self.expires, self.kept_until or self.expires)


class Revocation(Part):
    """That a certificate is revoked: when, why (RFC 5280 §5.3.1 reason code) and by whom.

    `by` is `account:ID` or `certificate-key`.
    """

    time: AwareDatetime
    reason: int
    by: str


class Certificate(Document):
    """An issued certificate, under its serial number in lower-case hex.

    Its create is the commit of finalize.
    """

    kind: ClassVar[Kind] = Kind.CERTIFICATE

    certificate: str
    issuer: str
    order: str
    account: str
    profile: str
    request_digest: str
    not_before: AwareDatetime
    not_after: AwareDatetime
    issued: AwareDatetime
    identifiers: tuple[StoredIdentifier, ...]
    revocation: Revocation | None = None
    replaced_by: str | None = None

    @property
    def written(self) -> datetime | None:
        """When it was issued."""
        return self.issued

    @property
    def owner(self) -> str | None:
        """The account."""
        return self.account

    @property
    def due(self) -> datetime | None:
        """When it expires."""
        return self.not_after


class IssuerChain(Document):
    """The chain that is served behind the leaves of one issuer, under its certificate's digest.

    Written once per issuer and never changed: a leaf stays downloadable with its chain after its
    signer has gone.
    """

    kind: ClassVar[Kind] = Kind.ISSUER_CHAIN

    certificates: str


#: The model of each kind, for whoever reads documents without knowing which.
MODELS: dict[Kind, type[Document]] = {
    model.kind: model
    for model in (Account, AccountKey, Enrollment, Authorization, Order, Certificate, IssuerChain)
}
