"""Orders: made, read and listed (RFC 8555 §7.4, §7.1.2.1)."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

from acme_server.domain.audit import AuditKind, Matter, names
from acme_server.domain.derivation import order_state
from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.documents.members import StoredIdentifier
from acme_server.domain.documents.orders import Order
from acme_server.domain.documents.states import OrderStatus
from acme_server.domain.problems import ErrorType, not_found, refuse
from acme_server.ports import Select
from acme_server.protocol import payloads, rendering
from acme_server.protocol.payloads import NewOrder
from acme_server.protocol.replies import Link, Reply
from acme_server.services.account_use import note_use
from acme_server.services.auditing import rules_of, tell
from acme_server.services.authorizations import open_authorization, reference
from acme_server.services.enrollments import count
from acme_server.services.environment import Environment, require
from acme_server.services.issuance import Wanted, require_signable, signer_of, validity_of
from acme_server.services.order_views import OrderView, find, reply, view_of
from acme_server.services.refusals import require_allowed, require_provable
from acme_server.services.requests import Verified
from acme_server.services.standing import standing_of
from certwright.policy.identifiers import Identifier

#: Orders on one page of an account's list.
PAGE = 50

#: Authorizations that one order opens at a time.
_AT_ONCE = 16


async def new_order(environment: Environment, request: Verified) -> Reply:
    """Make an order, unless policy refuses one of its names: before any challenge, not after."""
    wanted = payloads.new_order(request.object())
    require(environment.checks.ordering)
    if wanted.profile is not None:
        detail = "each profile has a directory of its own here; leave `profile` out of the order"
        raise refuse(ErrorType.INVALID_PROFILE, detail)
    standing = await standing_of(environment.bundles, request.profile, request.owner.document)
    policy = standing.policy
    require_allowed(policy, wanted.identifiers)
    require_provable(policy, request.profile.challenges, wanted.identifiers)
    require_signable(signer_of(request.profile, environment.now()), wanted.identifiers)
    times = Wanted(wanted.not_before, wanted.not_after)
    validity_of(environment, request.profile, policy, times)
    owner = await note_use(environment, request.owner)
    await count(environment, owner, standing.credential)
    granted = not policy.validation_required
    opened = await _open(environment, request, wanted.identifiers, granted=granted)
    made = _made(environment, request, wanted, opened)
    created = (await environment.documents.create(made)).document
    what = Matter(
        order=created.id,
        identifiers=names(created.identifiers),
        serial=created.serial,
        rules=rules_of(policy),
    )
    tell(environment, request, AuditKind.ORDER_CREATED, what)
    state = order_state(created, opened, None, environment.now())
    return reply(request, OrderView(created, state, opened), HTTPStatus.CREATED)


async def order(environment: Environment, request: Verified) -> Reply:
    """Read an order."""
    request.require_reading()
    return reply(request, await find(environment, request))


async def orders(environment: Environment, request: Verified) -> Reply:
    """List an account's orders, a page at a time, without those that are invalid."""
    request.require_reading()
    account = request.account_id
    if request.parameter("account") != account:
        raise not_found("an account's orders can be listed by its own key only")
    after = request.arrival.parameters.get("cursor", "")
    scan = environment.documents.scan(Order, Select.OWNED_BY, account, after=after, limit=PAGE + 1)
    listed = [each.document async for each in scan]
    links: tuple[Link, ...] = ()
    if len(listed) > PAGE:
        links = (Link(request.urls.orders(account, listed[PAGE - 1].id), "next"),)
    ids = [each.id for each in listed[:PAGE] if await _may_be_listed(environment, each)]
    return Reply(HTTPStatus.OK, rendering.orders(ids, request.urls), links=links)


async def _may_be_listed(environment: Environment, order: Order) -> bool:
    # Deriving a page of large orders takes a while; others have their turn between two.
    await asyncio.sleep(0)
    view = await view_of(environment.documents, order, environment.now())
    return view.state.status is not OrderStatus.INVALID


async def _open(
    environment: Environment,
    request: Verified,
    identifiers: Sequence[Identifier],
    *,
    granted: bool,
) -> list[Authorization]:
    opened: list[Authorization] = []
    for start in range(0, len(identifiers), _AT_ONCE):
        some = identifiers[start : start + _AT_ONCE]
        opening = (open_authorization(environment, request, each, granted=granted) for each in some)
        opened += await asyncio.gather(*opening)
    return opened


def _made(
    environment: Environment,
    request: Verified,
    wanted: NewOrder,
    authorizations: Sequence[Authorization],
) -> Order:
    """Return a new order: it lives no longer than the first of its authorizations to expire."""
    now = environment.now()
    ends = [now + environment.lifetimes.order, *(each.expires for each in authorizations)]
    return Order(
        id=environment.new_id(),
        account=request.account_id,
        profile=request.profile.key,
        identifiers=tuple(map(StoredIdentifier.of, wanted.identifiers)),
        authorizations=tuple(map(reference, authorizations)),
        serial=environment.new_serial(),
        created=now,
        expires=min(ends),
        not_before=wanted.not_before,
        not_after=wanted.not_after,
    )
