"""Certificates, their revocation, and the chains that are served behind them."""

from datetime import datetime
from typing import ClassVar

from pydantic import AwareDatetime

from acme_server.domain.documents.document import Document, Kind, Part
from acme_server.domain.documents.members import StoredIdentifier


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
