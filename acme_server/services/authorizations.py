"""Authorizations: opened or reused at newOrder, read, and given up (RFC 8555 §7.5).

An account has one slot an identifier. What stands in it is reused as long as it can still serve;
otherwise its number goes up, and what referred to the old number is dead.
"""

from datetime import datetime, timedelta
from http import HTTPStatus

from acme_server.domain.audit import AuditKind, Matter, names
from acme_server.domain.challenges import ChallengeType, offered
from acme_server.domain.derivation import authorization_status
from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.members import StoredIdentifier
from acme_server.domain.documents.orders import AuthorizationReference, Order
from acme_server.domain.documents.states import AuthorizationStatus, ChallengeStatus
from acme_server.domain.problems import malformed, not_found, unavailable
from acme_server.domain.transitions import IllegalTransition, deactivated_authorization
from acme_server.ports import AlreadyExists, Conflict
from acme_server.protocol import payloads, rendering
from acme_server.protocol.encoding import encode_base64url
from acme_server.protocol.replies import Reply
from acme_server.services.auditing import tell
from acme_server.services.documents import Documents, Versioned
from acme_server.services.environment import Environment
from acme_server.services.identities import authorization_slot
from acme_server.services.requests import Verified
from certwright.policy.identifiers import Identifier

#: Seconds after which a client may look again at what is pending.
POLL_AFTER = 1

#: An authorization with less time left than this is not worth starting an order on. Small, since
#: numbering anew ends the orders on the old number, which live no longer than it anyway.
TIME_TO_USE = timedelta(minutes=5)

_ATTEMPTS = 5


async def open_authorization(
    environment: Environment, request: Verified, identifier: Identifier, *, granted: bool
) -> Authorization:
    """Return the authorization that an order for `identifier` stands on, reused or new.

    `granted` says that the account's grant skips validation: the authorization is valid at once.
    """
    fresh = _fresh(environment, request, identifier, granted=granted)
    for _ in range(_ATTEMPTS):
        current = await environment.documents.get(Authorization, fresh.id)
        if current is not None and reusable(current.document, fresh, environment.now()):
            return current.document
        try:
            return await _put(environment, current, fresh)
        except (AlreadyExists, Conflict):
            continue
    raise unavailable("too many orders for the same name at once; try again")


def reusable(current: Authorization, fresh: Authorization, now: datetime) -> bool:
    """Whether `current` serves a new order as well as `fresh`, made for it, would.

    Not when it was granted and validation is required now, not when its challenges are no longer
    those that the profile offers, and not when it is about to expire. Whatever is reused is not
    numbered anew, so the orders that stand on it live on.
    """
    if current.expires - now <= TIME_TO_USE or (current.granted and not fresh.granted):
        return False
    wanted = {each.type for each in fresh.challenges}
    if current.status is AuthorizationStatus.PENDING:
        return not fresh.granted and {each.type for each in current.challenges} == wanted
    proved = current.granted or fresh.granted or proved_by(current) in wanted
    return current.status is AuthorizationStatus.VALID and proved


def proved_by(authorization: Authorization) -> ChallengeType | None:
    """Return the type of the challenge that made an authorization valid, if one did."""
    for challenge in authorization.challenges:
        if challenge.status is ChallengeStatus.VALID:
            return challenge.type
    return None


async def of_order(documents: Documents, order: Order) -> list[Authorization | None]:
    """Return what stands in the slots that an order refers to, in their order."""
    found = [await documents.get(Authorization, each.slot) for each in order.authorizations]
    return [None if each is None else each.document for each in found]


async def find(environment: Environment, request: Verified) -> Versioned[Authorization]:
    """Return the authorization that the URL names; 404 if it is not there or another account's."""
    found = await environment.documents.get(Authorization, request.parameter("slot"))
    mine = found is not None and found.document.account == request.account_id
    if found is None or not mine or str(found.document.number) != request.parameter("number"):
        raise not_found(
            "this account has no such authorization; a newer one may stand in its place"
        )
    return found


async def authorization(environment: Environment, request: Verified) -> Reply:
    """Read an authorization, or give it up (RFC 8555 §7.5, §7.5.2)."""
    found = await find(environment, request)
    if payloads.authorization_update(request.changes()).deactivate:
        found = await _deactivate(environment, found)
        what = Matter(identifiers=names((found.document.identifier,)))
        tell(environment, request, AuditKind.AUTHORIZATION_DEACTIVATED, what)
    current = environment.validations.with_latest_errors(found.document)
    status = authorization_status(current, environment.now())
    return Reply(
        status=HTTPStatus.OK,
        body=rendering.authorization(current, status, request.urls),
        retry_after=POLL_AFTER if status is AuthorizationStatus.PENDING else None,
    )


async def _deactivate(
    environment: Environment, found: Versioned[Authorization]
) -> Versioned[Authorization]:
    try:
        return await environment.documents.replace(found, deactivated_authorization(found.document))
    except IllegalTransition:
        raise malformed(
            f"only a pending or valid authorization can be deactivated; this one is "
            f"{found.document.status}"
        ) from None


def _fresh(
    environment: Environment, request: Verified, identifier: Identifier, *, granted: bool
) -> Authorization:
    lifetimes = environment.lifetimes
    lifetime = lifetimes.authorization if granted else lifetimes.pending_authorization
    challenges = () if granted else offered(request.profile.challenges, identifier)
    return Authorization(
        id=authorization_slot(request.account_id, identifier),
        number=1,
        account=request.account_id,
        profile=request.profile.key,
        identifier=StoredIdentifier.of(identifier.base),
        wildcard=identifier.wildcard,
        status=AuthorizationStatus.VALID if granted else AuthorizationStatus.PENDING,
        granted=granted,
        expires=environment.now() + lifetime,
        challenges=tuple(Challenge(type=kind, token=_token(environment)) for kind in challenges),
    )


def _token(environment: Environment) -> str:
    """Return a challenge token: 256 random bits in base64url (RFC 8555 §8.1 asks for 128)."""
    return encode_base64url(environment.randomness.token(32))


async def _put(
    environment: Environment, current: Versioned[Authorization] | None, fresh: Authorization
) -> Authorization:
    if current is None:
        return (await environment.documents.create(fresh)).document
    document = current.document
    status = authorization_status(document, environment.now())
    if fresh.granted and status is AuthorizationStatus.PENDING:
        # What was pending until a grant made it valid keeps its number, and its orders with it.
        changed = document.but(
            status=fresh.status, granted=True, expires=fresh.expires, challenges=fresh.challenges
        )
    else:
        # Another authorization: what a newer server noted of the last one isn't true of this.
        changed = fresh.but(number=document.number + 1)
    return (await environment.documents.replace(current, changed)).document


def reference(authorization: Authorization) -> AuthorizationReference:
    """Return how an order refers to an authorization."""
    return AuthorizationReference(slot=authorization.id, number=authorization.number)
