"""Orders as they stand: an order, what it refers to and the status derived from that."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from acme_server.domain.derivation import OrderState, may_have_certificate, order_state
from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.documents.orders import Order
from acme_server.domain.documents.states import OrderStatus
from acme_server.domain.problems import ACMEError, not_found
from acme_server.protocol import rendering
from acme_server.protocol.replies import Reply
from acme_server.services.authorizations import POLL_AFTER, of_order
from acme_server.services.documents import Documents
from acme_server.services.environment import Environment
from acme_server.services.requests import Verified


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order with all that its status was derived from."""

    order: Order
    state: OrderState
    authorizations: Sequence[Authorization | None]
    certificate: Certificate | None = None


async def find(environment: Environment, request: Verified) -> OrderView:
    """Return the order that the URL names; 404 if it is not there or another account's."""
    found = await environment.documents.get(Order, request.parameter("order"))
    if found is None or found.document.account != request.account_id:
        raise not_found("this account has no such order")
    view = await view_of(environment.documents, found.document, environment.now())
    await _write_down_why(environment, view)
    return view


async def _write_down_why(environment: Environment, view: OrderView) -> None:
    """Keep why an order died, once: for people, and past the authorization that tells it.

    A slot that is numbered anew forgets what became of its number before. What can't be written
    now is written at the next read.
    """
    order, error = view.order, view.state.error
    if error is None or order.error is not None or order.expires <= environment.now():
        return
    with suppress(ACMEError):
        await environment.documents.change(
            Order, order.id, lambda read: None if read.error else read.but(error=error)
        )


async def view_of(documents: Documents, order: Order, now: datetime) -> OrderView:
    """Return an order as it stands.

    The certificate is looked for whenever there may be one: its create was the commit of finalize,
    and no order is called ready, or dead, past it.
    """
    authorizations = await of_order(documents, order)
    state = order_state(order, authorizations, None, now)
    if not may_have_certificate(state):
        return OrderView(order, state, authorizations)
    found = await documents.get(Certificate, order.serial)
    certificate = None if found is None else found.document
    return OrderView(
        order, order_state(order, authorizations, certificate, now), authorizations, certificate
    )


def reply(request: Verified, view: OrderView, status: HTTPStatus = HTTPStatus.OK) -> Reply:
    """Return an order as an answer, with its URL: clients poll what `Location` names."""
    state = view.state
    return Reply(
        status=status,
        body=rendering.order(view.order, state.status, state.error, request.urls),
        location=request.urls.order(view.order.id),
        retry_after=POLL_AFTER if state.status is OrderStatus.PENDING else None,
    )
