"""revokeCert: by the account that has the certificate, one that controls its names, or its own key.

RFC 8555 §7.6. The revocation is stored with the certificate, once and for good.
"""

from collections.abc import Callable
from http import HTTPStatus

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from acme_server.domain.audit import AuditKind, Matter, names
from acme_server.domain.derivation import authorization_status
from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.documents.certificates import Certificate, Revocation
from acme_server.domain.documents.states import AuthorizationStatus
from acme_server.domain.problems import ErrorType, malformed, not_found, refuse, unauthorized
from acme_server.protocol import payloads
from acme_server.protocol.replies import Reply
from acme_server.services.auditing import tell
from acme_server.services.environment import Environment
from acme_server.services.identities import authorization_slot
from acme_server.services.requests import Verified
from certwright.pki.errors import MALFORMED

_BY_KEY = "certificate-key"


async def revoke(environment: Environment, request: Verified) -> Reply:
    """Revoke a certificate; the answer is empty."""
    wanted = payloads.revoke_certificate(request.object())
    presented = _parsed(wanted.certificate)
    issued = await _issued(environment, request, presented)
    by = await _authority_of(environment, request, issued, presented)
    revocation = Revocation(time=environment.now(), reason=wanted.reason, by=by)
    await environment.documents.change(Certificate, issued.id, _revoking(revocation))
    what = Matter(
        order=issued.order,
        identifiers=names(issued.identifiers),
        serial=issued.id,
        reason=wanted.reason,
        detail=f"revoked by {by}",
    )
    tell(environment, request, AuditKind.CERTIFICATE_REVOKED, what)
    return Reply(HTTPStatus.OK, None)


def _parsed(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except MALFORMED:
        raise malformed("`certificate` is not a certificate in DER") from None


async def _issued(
    environment: Environment, request: Verified, presented: x509.Certificate
) -> Certificate:
    """Return the stored certificate that the presented one is, byte for byte."""
    serial = f"{presented.serial_number:040x}"
    found = await environment.documents.get(Certificate, serial)
    pem = presented.public_bytes(Encoding.PEM).decode()
    if (
        found is None
        or found.document.profile != request.profile.key
        or found.document.certificate != pem
    ):
        raise not_found("the certificate was not issued by this profile")
    return found.document


async def _authority_of(
    environment: Environment, request: Verified, issued: Certificate, presented: x509.Certificate
) -> str:
    """Return by which right the request revokes; raise 403 `unauthorized` if by none."""
    if request.account is None:
        if request.key.public_key != presented.public_key():
            raise unauthorized("the request is signed by a key that isn't the certificate's")
        return _BY_KEY
    account = request.account_id
    if issued.account != account and not await _controls(environment, account, issued):
        raise unauthorized(
            "the certificate is another account's, and this one does not hold valid "
            "authorizations for all of its names"
        )
    return f"account:{account}"


async def _controls(environment: Environment, account: str, issued: Certificate) -> bool:
    """Whether an account has proved every name of a certificate.

    A name that a grant gave it without proof is not enough to revoke what is another's.
    """
    for each in issued.identifiers:
        slot = authorization_slot(account, each.identifier)
        found = await environment.documents.get(Authorization, slot)
        if found is None or found.document.granted:
            return False
        if authorization_status(found.document, environment.now()) is not AuthorizationStatus.VALID:
            return False
    return bool(issued.identifiers)


def _revoking(revocation: Revocation) -> Callable[[Certificate], Certificate]:
    def revoked(current: Certificate) -> Certificate:
        if current.revocation is not None:
            raise refuse(ErrorType.ALREADY_REVOKED, "the certificate has been revoked already")
        return current.but(revocation=revocation)

    return revoked
