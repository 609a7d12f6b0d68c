"""An order's status, derived: the precedence of the state protocol."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.derivation import may_have_certificate, order_state
from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.documents.members import StoredIdentifier, StoredProblem
from acme_server.domain.documents.orders import AuthorizationReference, Order
from acme_server.domain.documents.states import AuthorizationStatus, ChallengeStatus, OrderStatus
from acme_server.domain.problems import ErrorType
from certwright.policy.identifiers import IdentifierType

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NAME = StoredIdentifier(type=IdentifierType.DNS, value="a.example")
PROBLEM = StoredProblem(type=ErrorType.SERVER_INTERNAL, detail="it broke")


def authorization(
    status: AuthorizationStatus, number: int = 1, expires: datetime = NOW + timedelta(hours=1)
) -> Authorization:
    return Authorization(
        id="slot",
        number=number,
        account="account",
        profile="pki/web",
        identifier=NAME,
        status=status,
        expires=expires,
    )


def order(count: int, error: StoredProblem | None = None) -> Order:
    return Order(
        id="order",
        account="account",
        profile="pki/web",
        identifiers=(NAME,),
        authorizations=tuple(
            AuthorizationReference(slot=f"slot{index}", number=1) for index in range(count)
        ),
        serial="01",
        created=NOW,
        expires=NOW + timedelta(hours=1),
        error=error,
    )


CERTIFICATE = Certificate(
    id="01",
    certificate="PEM",
    issuer="digest",
    order="order",
    account="account",
    profile="pki/web",
    request_digest="digest",
    not_before=NOW,
    not_after=NOW,
    issued=NOW,
    identifiers=(NAME,),
)

ANY = st.builds(
    authorization,
    status=st.sampled_from(AuthorizationStatus),
    number=st.integers(1, 2),
    expires=st.sampled_from([NOW - timedelta(seconds=1), NOW + timedelta(hours=1)]),
)


def live(found: Authorization | None) -> bool:
    return (
        found is not None
        and found.number == 1
        and found.expires > NOW
        and found.status in {AuthorizationStatus.PENDING, AuthorizationStatus.VALID}
    )


@given(st.lists(st.none() | ANY, min_size=1, max_size=4))
def test_a_certificate_makes_an_order_valid_whatever_else(
    found: list[Authorization | None],
) -> None:
    state = order_state(order(len(found), PROBLEM), found, CERTIFICATE, NOW + timedelta(days=1))
    assert state.status is OrderStatus.VALID


@given(st.lists(st.none() | ANY, min_size=1, max_size=4))
def test_without_one_it_is_as_good_as_its_worst_authorization(
    found: list[Authorization | None],
) -> None:
    state = order_state(order(len(found)), found, None, NOW)
    if not all(map(live, found)):
        assert state.status is OrderStatus.INVALID
        assert state.error is not None
    elif all(each is not None and each.status == "valid" for each in found):
        assert state.status is OrderStatus.READY
    else:
        assert state.status is OrderStatus.PENDING
    assert may_have_certificate(state) is (state.status is not OrderStatus.PENDING)


def test_a_stored_error_is_told() -> None:
    state = order_state(order(1, PROBLEM), [authorization(AuthorizationStatus.VALID)], None, NOW)
    assert (state.status, state.error) == (OrderStatus.INVALID, PROBLEM)


def test_an_expired_order_is_invalid() -> None:
    found = [authorization(AuthorizationStatus.VALID)]
    state = order_state(order(1), found, None, NOW + timedelta(hours=1))
    assert state.status is OrderStatus.INVALID


@pytest.mark.parametrize("status", list(ChallengeStatus))
def test_the_error_of_a_failed_challenge_explains_a_dead_order(status: ChallengeStatus) -> None:
    challenge = Challenge(type=ChallengeType.HTTP_01, token="t", status=status, error=PROBLEM)
    dead = authorization(AuthorizationStatus.INVALID).but(challenges=(challenge,))
    state = order_state(order(1), [dead], None, NOW)
    assert state.error is not None
    assert ("it broke" in state.error.detail) is (status is ChallengeStatus.INVALID)
    assert "a.example" in state.error.detail
