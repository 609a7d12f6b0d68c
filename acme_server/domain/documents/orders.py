"""Orders and the authorizations that they stand on."""

from datetime import datetime
from typing import ClassVar

from pydantic import AwareDatetime

from acme_server.domain.documents.document import Document, Kind, Part
from acme_server.domain.documents.members import StoredIdentifier, StoredProblem


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
