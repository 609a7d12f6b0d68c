"""Authorizations and their challenges."""

from datetime import datetime
from typing import ClassVar

from pydantic import AwareDatetime

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.document import Document, Kind, Part
from acme_server.domain.documents.members import StoredIdentifier, StoredProblem
from acme_server.domain.documents.states import AuthorizationStatus, ChallengeStatus


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
