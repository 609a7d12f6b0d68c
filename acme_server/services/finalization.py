"""finalize: from a ready order and a request to a certificate (RFC 8555 §7.4).

The create of the certificate under the order's serial is the commit, and nothing else is written.
Whoever comes second reads the winner: the same request gets the same answer, another is refused.
"""

from http import HTTPStatus

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from acme_server.domain.audit import AuditKind, Matter, names
from acme_server.domain.derivation import OrderState
from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.documents.orders import Order
from acme_server.domain.documents.states import OrderStatus
from acme_server.domain.problems import ErrorType, refuse
from acme_server.ports import AlreadyExists, Conflict
from acme_server.protocol import payloads
from acme_server.protocol.replies import Reply
from acme_server.protocol.thumbprints import thumbprint_of
from acme_server.services.account_keys import claimed_for
from acme_server.services.auditing import rules_of, tell
from acme_server.services.authentication import require_valid
from acme_server.services.chains import keep_chain
from acme_server.services.documents import Documents
from acme_server.services.environment import Environment, require
from acme_server.services.issuance import (
    Wanted,
    contents_of,
    identifiers_of,
    signer_of,
    validity_of,
)
from acme_server.services.order_views import OrderView, find, reply
from acme_server.services.refusals import require_allowed
from acme_server.services.requests import Verified
from acme_server.services.standing import in_force, standing_of
from certwright.bundles.profile import ProfileInForce
from certwright.bundles.signer import SignerInForce
from certwright.pki.certificates import LeafContents, LeafRefused
from certwright.pki.requests import CertificateSigningRequest, InvalidRequest
from certwright.pki.requests import parse as parse_request
from certwright.policy.account import AccountPolicy


async def finalize(environment: Environment, request: Verified) -> Reply:
    """Issue the order's certificate and answer with the order, valid."""
    csr = _parsed(payloads.finalize(request.object()).csr)
    view = await find(environment, request)
    if view.certificate is not None:
        return _answer(request, view, view.certificate, csr)
    _require_ready(view)
    require(environment.checks.signing)
    await _require_not_an_account_key(environment.documents, request, csr)
    profile = await in_force(environment.bundles, request.profile)
    policy = await _policy(environment, request, profile, view)
    order = view.order
    validity = validity_of(environment, profile, policy, Wanted.by(order))
    contents = contents_of(profile, policy, order, csr, validity)
    signer = signer_of(profile, environment.now())
    leaf = await _sign(environment, signer, contents, order)
    await keep_chain(environment.documents, signer)
    issued = _issued(environment, request, order, signer, csr, leaf)
    certificate, first = await _commit(environment.documents, issued)
    if first:
        what = _told(certificate, signer, policy)
        tell(environment, request, AuditKind.CERTIFICATE_ISSUED, what)
    return _answer(request, view, certificate, csr)


def _parsed(der: bytes) -> CertificateSigningRequest:
    try:
        return parse_request(der)
    except InvalidRequest as invalid:
        raise refuse(ErrorType.BAD_CSR, str(invalid)) from None


def _answer(
    request: Verified, view: OrderView, certificate: Certificate, csr: CertificateSigningRequest
) -> Reply:
    """Return the valid order to who finalized it with this request; 403 to anybody else."""
    if certificate.request_digest != csr.digest:
        detail = "the order has been finalized with another request; its certificate is there"
        raise refuse(ErrorType.ORDER_NOT_READY, detail)
    state = OrderState(OrderStatus.VALID)
    valid = OrderView(view.order, state, view.authorizations, certificate)
    return reply(request, valid, HTTPStatus.OK)


def _require_ready(view: OrderView) -> None:
    if view.state.status is OrderStatus.READY:
        return
    why = view.state.error
    detail = f"the order is {view.state.status}" + (f": {why.detail}" if why else "")
    raise refuse(ErrorType.ORDER_NOT_READY, detail)


async def _require_not_an_account_key(
    documents: Documents, request: Verified, csr: CertificateSigningRequest
) -> None:
    """Refuse a certificate for a key that is or was an account's (RFC 8555 §11.1)."""
    thumbprint = thumbprint_of(csr.public_key)
    if thumbprint is None:
        return
    if await claimed_for(documents, request.profile.key, thumbprint) is not None:
        detail = "the request's key is an account's; a certificate needs a key of its own"
        raise refuse(ErrorType.BAD_CSR, detail)


async def _policy(
    environment: Environment, request: Verified, profile: ProfileInForce, view: OrderView
) -> AccountPolicy:
    """Ask account, credential and policy again: much can have changed since newOrder."""
    account = await environment.documents.get(Account, request.account_id)
    if account is None:
        raise refuse(ErrorType.ACCOUNT_DOES_NOT_EXIST, "the account has been removed")
    require_valid(account.document)
    policy = (await standing_of(environment.bundles, profile, account.document)).policy
    require_allowed(policy, identifiers_of(view.order))
    granted = any(each is not None and each.granted for each in view.authorizations)
    if granted and policy.validation_required:
        detail = "validation has become required for these names: make a new order"
        raise refuse(ErrorType.ORDER_NOT_READY, detail)
    return policy


async def _sign(
    environment: Environment, signer: SignerInForce, contents: LeafContents, order: Order
) -> x509.Certificate:
    try:
        return await environment.signer.sign(signer, contents, int(order.serial, 16))
    except LeafRefused as refused:
        raise refuse(ErrorType.BAD_CSR, f"the authority can't sign this: {refused}") from None


def _issued(
    environment: Environment,
    request: Verified,
    order: Order,
    signer: SignerInForce,
    csr: CertificateSigningRequest,
    leaf: x509.Certificate,
) -> Certificate:
    return Certificate(
        id=order.serial,
        certificate=leaf.public_bytes(Encoding.PEM).decode(),
        issuer=signer.digest,
        order=order.id,
        account=request.account_id,
        profile=request.profile.key,
        request_digest=csr.digest,
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        issued=environment.now(),
        identifiers=order.identifiers,
    )


def _told(certificate: Certificate, signer: SignerInForce, policy: AccountPolicy) -> Matter:
    return Matter(
        order=certificate.order,
        identifiers=names(certificate.identifiers),
        serial=certificate.id,
        issuer=signer.name,
        rules=rules_of(policy),
    )


async def _commit(documents: Documents, issued: Certificate) -> tuple[Certificate, bool]:
    """Create the certificate; return it, or the one that came first, and whether it is this."""
    try:
        return (await documents.create(issued)).document, True
    except AlreadyExists:
        winner = await documents.get(Certificate, issued.id)
        if winner is None:
            raise Conflict from None
        return winner.document, False
