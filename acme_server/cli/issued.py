"""Issued certificates as people look for them: read from a data folder's database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.documents.document import SCHEMA, Kind
from acme_server.ports import Record
from acme_server.stores.sql.errors import DatabaseUnusable
from acme_server.stores.sql.reading import read_all
from certwright.resources.times import format_time

REASONS: Final[Mapping[int, str]] = {
    0: "unspecified",
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    8: "removeFromCRL",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}
"""Words for the reason codes of a revocation (RFC 5280 section 5.3.1)."""


class State(StrEnum):
    """What a certificate is worth at a moment; one that is revoked stays so after its end."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and what it is worth.

    Args:
        certificate: The document.
        state: At the moment that was asked for.
    """

    certificate: Certificate
    state: State

    @classmethod
    def at(cls, certificate: Certificate, now: datetime) -> "Issued":
        """Return what a certificate is worth at a moment."""
        if certificate.revocation is not None:
            return cls(certificate, State.REVOKED)
        return cls(certificate, State.EXPIRED if now > certificate.not_after else State.VALID)

    @property
    def names(self) -> tuple[str, ...]:
        """The names and addresses that it is for."""
        return tuple(each.value for each in self.certificate.identifiers)

    @property
    def state_text(self) -> str:
        """The state, of a revoked one with when and why."""
        revocation = self.certificate.revocation
        if revocation is None:
            return self.state
        return f"revoked {_seconds(revocation.time)} {_reason(revocation.reason)}"

    @property
    def fields(self) -> Mapping[str, Any]:
        """All of it for programs, but the certificate itself."""
        found = self.certificate
        revocation = found.revocation
        return {
            "serial": found.id,
            "names": self.names,
            "profile": found.profile,
            "account": found.account,
            "order": found.order,
            "issued": _seconds(found.issued),
            "notBefore": format_time(found.not_before),
            "notAfter": format_time(found.not_after),
            "state": self.state,
            "revoked": None
            if revocation is None
            else {
                "time": _seconds(revocation.time),
                "reason": _reason(revocation.reason),
                "by": revocation.by,
            },
        }


def issued_certificates(database: Path, now: datetime) -> tuple[Issued, ...]:
    """Return all certificates, the first issued first.

    Raises:
        DatabaseUnusable: The database can't be read, or was written by a newer version.
    """
    found = _certificates(database)
    ordered = sorted(found, key=lambda certificate: (certificate.issued, certificate.id))
    return tuple(Issued.at(certificate, now) for certificate in ordered)


def _certificates(database: Path) -> Iterator[Certificate]:
    for record in read_all(database, Kind.CERTIFICATE):
        yield _certificate(database, record)


def _certificate(database: Path, record: Record) -> Certificate:
    try:
        found = Certificate.model_validate_json(record.body)
    except ValidationError:
        found = None
    if found is None or found.schema_version > SCHEMA:
        raise DatabaseUnusable(
            f"the certificate {record.id} in the database {database} can't be read: it is damaged, "
            "or a newer Certwright wrote it"
        )
    return found


def _reason(code: int) -> str:
    return REASONS.get(code, str(code))


def _seconds(moment: datetime) -> str:
    return format_time(moment.replace(microsecond=0))
