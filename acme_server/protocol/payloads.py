"""What the requests of ACME say, as values: one class and one reader for each payload.

Every reader takes the JSON object of a verified request and raises `ACMEError`. Members that RFC
8555 doesn't define are ignored (RFC 8555 §7.3), so that a client may be newer than its server.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from acme_server.domain.problems import ACMEError, ErrorType, malformed, refuse
from acme_server.protocol import contacts, identifiers, members
from acme_server.protocol.encoding import decode_base64url
from certwright.policy.identifiers import Identifier

#: The reasons of RFC 5280 §5.3.1 that a subscriber can know of: unspecified, keyCompromise,
#: affiliationChanged, superseded, cessationOfOperation. The rest speak of CAs (2, 10), of holds
#: that ACME can't lift (6, 8), or are the CA's to state (9, privilegeWithdrawn).
REVOCATION_REASONS: Final = (0, 1, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A newAccount request (RFC 8555 §7.3). The binding is still as the client wrote it."""

    contact: tuple[str, ...]
    terms_of_service_agreed: bool
    only_return_existing: bool
    external_account_binding: object | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountUpdate:
    """A change of an account (RFC 8555 §7.3.2, §7.3.6). `contact` is None when it stays."""

    contact: tuple[str, ...] | None
    deactivate: bool


@dataclass(frozen=True, slots=True)
class NewOrder:
    """A newOrder request (RFC 8555 §7.4; `replaces`: RFC 9773 §5)."""

    identifiers: tuple[Identifier, ...]
    not_before: datetime | None
    not_after: datetime | None
    replaces: str | None
    profile: str | None


@dataclass(frozen=True, slots=True)
class AuthorizationUpdate:
    """A change of an authorization (RFC 8555 §7.5.2)."""

    deactivate: bool


@dataclass(frozen=True, slots=True)
class ChallengeResponse:
    """That the client is ready to be validated (RFC 8555 §7.5.1); nothing more is said."""


@dataclass(frozen=True, slots=True)
class Finalize:
    """A finalize request (RFC 8555 §7.4). `csr` is meant to be DER, not read yet."""

    csr: bytes


@dataclass(frozen=True, slots=True)
class RevokeCertificate:
    """A revokeCert request (RFC 8555 §7.6). `certificate` is meant to be DER, not read yet."""

    certificate: bytes
    reason: int


def new_account(payload: Mapping[str, Any]) -> NewAccount:
    """Read a newAccount request.

    Raises:
        ACMEError: malformed, unsupportedContact, invalidContact.
    """
    return NewAccount(
        contact=contacts.parse(payload) or (),
        terms_of_service_agreed=members.boolean(payload, "termsOfServiceAgreed"),
        only_return_existing=members.boolean(payload, "onlyReturnExisting"),
        external_account_binding=payload.get("externalAccountBinding"),
    )


def account_update(payload: Mapping[str, Any]) -> AccountUpdate:
    """Read a change of an account; `{}` changes nothing.

    Raises:
        ACMEError: malformed (any status but `valid`, which changes nothing, and `deactivated`),
            unsupportedContact, invalidContact.
    """
    status = members.string(payload, "status")
    if status not in (None, "valid", "deactivated"):
        raise malformed(f"an account's status can't be set to {status[:50]!r}, only to deactivated")
    return AccountUpdate(contacts.parse(payload), deactivate=status == "deactivated")


def new_order(payload: Mapping[str, Any]) -> NewOrder:
    """Read a newOrder request.

    Raises:
        ACMEError: malformed, unsupportedIdentifier, rejectedIdentifier.
    """
    not_before = members.time(payload, "notBefore")
    not_after = members.time(payload, "notAfter")
    if not_before and not_after and not_before >= not_after:
        raise malformed("'notBefore' must be earlier than 'notAfter'")
    return NewOrder(
        identifiers=identifiers.parse(payload),
        not_before=not_before,
        not_after=not_after,
        replaces=members.string(payload, "replaces"),
        profile=members.string(payload, "profile"),
    )


def authorization_update(payload: Mapping[str, Any]) -> AuthorizationUpdate:
    """Read a change of an authorization; `{}` changes nothing.

    Raises:
        ACMEError: malformed, for any status but `deactivated`.
    """
    status = members.string(payload, "status")
    if status not in (None, "deactivated"):
        raise malformed(
            f"an authorization's status can't be set to {status[:50]!r}, only to deactivated"
        )
    return AuthorizationUpdate(deactivate=status == "deactivated")


def challenge_response(payload: Mapping[str, Any]) -> ChallengeResponse:
    """Read the answer to a challenge. Members are ignored: old clients send `keyAuthorization`."""
    del payload
    return ChallengeResponse()


def finalize(payload: Mapping[str, Any]) -> Finalize:
    """Read a finalize request.

    Raises:
        ACMEError: badCSR.
    """
    try:
        csr = decode_base64url(payload.get("csr"), "`csr`")
    except ACMEError as error:
        raise refuse(ErrorType.BAD_CSR, error.problem.detail) from None
    if not csr:
        raise refuse(ErrorType.BAD_CSR, "`csr` is empty")
    return Finalize(csr)


def revoke_certificate(payload: Mapping[str, Any]) -> RevokeCertificate:
    """Read a revokeCert request; without a reason it is `unspecified`.

    Raises:
        ACMEError: malformed; badRevocationReason for a number that is none of `REVOCATION_REASONS`.
    """
    certificate = decode_base64url(payload.get("certificate"), "`certificate`")
    if not certificate:
        raise malformed("`certificate` is empty")
    reason = payload.get("reason")
    return RevokeCertificate(certificate, 0 if reason is None else _reason(reason))


def _reason(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise malformed("'reason' must be an integer, a reason code of RFC 5280 section 5.3.1")
    if value not in REVOCATION_REASONS:
        allowed = ", ".join(map(str, REVOCATION_REASONS))
        detail = f"the revocation reason {value} is not supported; use one of {allowed}"
        raise refuse(ErrorType.BAD_REVOCATION_REASON, detail)
    return value
