"""The legal changes of RFC 8555 §7.1.6, and that there are no others."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.members import StoredIdentifier, StoredProblem
from acme_server.domain.documents.states import AccountStatus, AuthorizationStatus, ChallengeStatus
from acme_server.domain.problems import ErrorType
from acme_server.domain.transitions import (
    IllegalTransition,
    challenge_of,
    deactivated_account,
    deactivated_authorization,
    failed,
    handed,
    met,
    started,
)
from certwright.policy.identifiers import IdentifierType

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PROBLEM = StoredProblem(type=ErrorType.CONNECTION, detail="connection refused")
HTTP = ChallengeType.HTTP_01

AUTHORIZATIONS = list(product(AuthorizationStatus, ChallengeStatus))


def authorization(
    status: AuthorizationStatus = AuthorizationStatus.PENDING,
    challenge: ChallengeStatus = ChallengeStatus.PENDING,
) -> Authorization:
    return Authorization(
        id="slot",
        number=1,
        account="account",
        profile="pki/web",
        identifier=StoredIdentifier(type=IdentifierType.DNS, value="a.example"),
        status=status,
        expires=NOW + timedelta(hours=1),
        challenges=(
            Challenge(type=HTTP, token="one", status=challenge),
            Challenge(type=ChallengeType.DNS_01, token="two"),
        ),
    )


@pytest.mark.parametrize(("status", "challenge"), AUTHORIZATIONS)
def test_a_challenge_is_met_from_pending_or_processing_in_a_pending_authorization_only(
    status: AuthorizationStatus, challenge: ChallengeStatus
) -> None:
    legal = status is AuthorizationStatus.PENDING and challenge in {"pending", "processing"}
    if not legal:
        with pytest.raises(IllegalTransition):
            met(authorization(status, challenge), HTTP, NOW)
        return
    after = met(authorization(status, challenge), HTTP, NOW)
    assert after.status is AuthorizationStatus.VALID
    found = challenge_of(after, HTTP)
    assert found is not None
    assert (found.status, found.validated) == (ChallengeStatus.VALID, NOW)


@pytest.mark.parametrize(("status", "challenge"), AUTHORIZATIONS)
def test_a_challenge_fails_from_processing_in_a_pending_authorization_only(
    status: AuthorizationStatus, challenge: ChallengeStatus
) -> None:
    before = authorization(status, challenge)
    if (status, challenge) != (AuthorizationStatus.PENDING, ChallengeStatus.PROCESSING):
        with pytest.raises(IllegalTransition):
            failed(before, HTTP, PROBLEM)
        return
    after = failed(before, HTTP, PROBLEM)
    assert after.status is AuthorizationStatus.INVALID
    found = challenge_of(after, HTTP)
    assert found is not None
    assert (found.status, found.error) == (ChallengeStatus.INVALID, PROBLEM)


def test_starting_touches_one_challenge_and_says_when() -> None:
    after = started(authorization(), HTTP, NOW)
    assert [each.status for each in after.challenges] == ["processing", "pending"]
    assert after.challenges[0].started_at == NOW
    assert after.work == "validation"
    assert authorization().work is None


@pytest.mark.parametrize("status", AuthorizationStatus)
def test_only_a_live_authorization_is_given_up(status: AuthorizationStatus) -> None:
    if status in {AuthorizationStatus.PENDING, AuthorizationStatus.VALID}:
        assert deactivated_authorization(authorization(status)).status == "deactivated"
    else:
        with pytest.raises(IllegalTransition):
            deactivated_authorization(authorization(status))


@pytest.mark.parametrize("status", AccountStatus)
def test_only_a_valid_account_is_deactivated(status: AccountStatus) -> None:
    account = Account(id="a", profile="pki/web", key={}, status=status, created=NOW)
    if status is AccountStatus.VALID:
        assert deactivated_account(account).status is AccountStatus.DEACTIVATED
    else:
        with pytest.raises(IllegalTransition, match="can't go from"):
            deactivated_account(account)


@pytest.mark.parametrize("worker", ["b", None])
def test_a_challenge_changes_hands_and_nothing_else(worker: str | None) -> None:
    begun = started(authorization(), HTTP, NOW, "a")
    changed = handed(begun, HTTP, worker)
    challenge = challenge_of(begun, HTTP)
    assert challenge is not None
    assert challenge.worker == "a"
    assert challenge_of(changed, HTTP) == challenge.but(worker=worker)
    assert changed.but(challenges=()) == begun.but(challenges=())


@pytest.mark.parametrize(
    "status", [each for each in ChallengeStatus if each is not ChallengeStatus.PROCESSING]
)
def test_only_what_is_processing_is_in_anybody_s_hands(status: ChallengeStatus) -> None:
    with pytest.raises(IllegalTransition):
        handed(authorization(challenge=status), HTTP, "b")
