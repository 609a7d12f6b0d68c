"""What is derived, never stored: the status of an order, and of an authorization at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.documents.members import StoredProblem
from acme_server.domain.documents.orders import AuthorizationReference, Order
from acme_server.domain.documents.states import AuthorizationStatus, ChallengeStatus, OrderStatus
from acme_server.domain.problems import ErrorType

_PERISHABLE = frozenset({AuthorizationStatus.PENDING, AuthorizationStatus.VALID})


def authorization_status(authorization: Authorization, now: datetime) -> AuthorizationStatus:
    """Return the status at `now`: pending and valid authorizations expire (RFC 8555 §7.1.6)."""
    if authorization.status in _PERISHABLE and authorization.expires <= now:
        return AuthorizationStatus.EXPIRED
    return authorization.status


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order's status at a time and, when it is invalid, why."""

    status: OrderStatus
    error: StoredProblem | None = None


def order_state(
    order: Order,
    authorizations: Sequence[Authorization | None],
    certificate: Certificate | None,
    now: datetime,
) -> OrderState:
    """Return an order's status from what it refers to.

    `authorizations` holds what stands in the slots of `order.authorizations`, in their order. The
    precedence is the state protocol's: a certificate makes the order valid whatever else is true.
    """
    if certificate is not None:
        return OrderState(OrderStatus.VALID)
    if order.error is not None:
        return OrderState(OrderStatus.INVALID, order.error)
    if order.expires <= now:
        return OrderState(OrderStatus.INVALID, _problem("the order has expired"))
    for reference, authorization in zip(order.authorizations, authorizations, strict=True):
        reason = _death(reference, authorization, now)
        if reason is not None:
            return OrderState(OrderStatus.INVALID, reason)
    live = [each for each in authorizations if each is not None]
    if all(each.status is AuthorizationStatus.VALID for each in live):
        return OrderState(OrderStatus.READY)
    return OrderState(OrderStatus.PENDING)


def may_have_certificate(state: OrderState) -> bool:
    """Whether an order that looks like `state` without a certificate may yet have one.

    A pending order never had all its authorizations, since a number never goes back to pending.
    """
    return state.status is not OrderStatus.PENDING


def _death(
    reference: AuthorizationReference, authorization: Authorization | None, now: datetime
) -> StoredProblem | None:
    """Return why the authorization that an order stands on can no longer become or stay valid."""
    if authorization is None or authorization.number != reference.number:
        return _problem("an authorization of the order was replaced by a newer one")
    status = authorization_status(authorization, now)
    if status in _PERISHABLE:
        return None
    name = authorization.identifier.value
    error = _failure(authorization)
    if error is None:
        return _problem(f"the authorization for {name} is {status}")
    return StoredProblem(
        type=error.type, detail=f"the authorization for {name} failed: {error.detail}"
    )


def _failure(authorization: Authorization) -> StoredProblem | None:
    for challenge in authorization.challenges:
        if challenge.status is ChallengeStatus.INVALID:
            return challenge.error
    return None


def _problem(detail: str) -> StoredProblem:
    return StoredProblem(type=ErrorType.UNAUTHORIZED, detail=detail)
