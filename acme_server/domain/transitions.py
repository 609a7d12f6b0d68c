"""The legal changes of accounts, authorizations and challenges (RFC 8555 §7.1.6), and only these.

Whatever changes the state of a document goes through this file; an illegal change raises
`IllegalTransition`, so a document in an impossible state cannot be written.
"""

from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.members import StoredProblem
from acme_server.domain.documents.states import AccountStatus, AuthorizationStatus, ChallengeStatus

State = TypeVar("State", bound=StrEnum)

ACCOUNT: dict[AccountStatus, frozenset[AccountStatus]] = {
    AccountStatus.VALID: frozenset({AccountStatus.DEACTIVATED, AccountStatus.REVOKED}),
    AccountStatus.DEACTIVATED: frozenset(),
    AccountStatus.REVOKED: frozenset(),
}

AUTHORIZATION: dict[AuthorizationStatus, frozenset[AuthorizationStatus]] = {
    AuthorizationStatus.PENDING: frozenset(
        {
            AuthorizationStatus.VALID,
            AuthorizationStatus.INVALID,
            AuthorizationStatus.DEACTIVATED,
        }
    ),
    AuthorizationStatus.VALID: frozenset({AuthorizationStatus.DEACTIVATED}),
    AuthorizationStatus.INVALID: frozenset(),
    AuthorizationStatus.DEACTIVATED: frozenset(),
    AuthorizationStatus.EXPIRED: frozenset(),
    AuthorizationStatus.REVOKED: frozenset(),
}

# A challenge met within the request that asked for it goes from pending to valid in one write.
CHALLENGE: dict[ChallengeStatus, frozenset[ChallengeStatus]] = {
    ChallengeStatus.PENDING: frozenset({ChallengeStatus.PROCESSING, ChallengeStatus.VALID}),
    ChallengeStatus.PROCESSING: frozenset({ChallengeStatus.VALID, ChallengeStatus.INVALID}),
    ChallengeStatus.VALID: frozenset(),
    ChallengeStatus.INVALID: frozenset(),
}


class IllegalTransition(Exception):
    """A change that RFC 8555 §7.1.6 does not know."""


def _checked(table: dict[State, frozenset[State]], old: State, new: State) -> State:
    if new not in table[old]:
        raise IllegalTransition(f"{type(old).__name__} can't go from {old} to {new}")
    return new


def deactivated_account(account: Account) -> Account:
    """Return the account, deactivated by its owner (RFC 8555 §7.3.6)."""
    status = _checked(ACCOUNT, account.status, AccountStatus.DEACTIVATED)
    return account.but(status=status, pending_key=None)


def deactivated_authorization(authorization: Authorization) -> Authorization:
    """Return the authorization, given up by its account (RFC 8555 §7.5.2)."""
    status = _checked(AUTHORIZATION, authorization.status, AuthorizationStatus.DEACTIVATED)
    return authorization.but(status=status)


def started(
    authorization: Authorization, kind: ChallengeType, at: datetime, worker: str | None = None
) -> Authorization:
    """Return the authorization with the challenge of type `kind` being worked on since `at`."""
    return _with_challenge(
        authorization, kind, ChallengeStatus.PROCESSING, started_at=at, worker=worker
    )


def handed(authorization: Authorization, kind: ChallengeType, worker: str | None) -> Authorization:
    """Return the authorization with the challenge of type `kind` in the hands of `worker`.

    None leaves it to whoever takes it. When it was begun stays, and so does its end.
    """
    challenge = challenge_of(authorization, kind)
    if challenge is None or challenge.status is not ChallengeStatus.PROCESSING:
        raise IllegalTransition("only a challenge that is processing is in anybody's hands")
    return _with(authorization, kind, challenge.but(worker=worker))


def met(authorization: Authorization, kind: ChallengeType, at: datetime) -> Authorization:
    """Return the authorization, valid by the challenge of type `kind`, met at `at`."""
    status = _checked(AUTHORIZATION, authorization.status, AuthorizationStatus.VALID)
    changed = _with_challenge(authorization, kind, ChallengeStatus.VALID, validated=at, error=None)
    return changed.but(status=status)


def failed(
    authorization: Authorization, kind: ChallengeType, problem: StoredProblem
) -> Authorization:
    """Return the authorization, invalid since the challenge of type `kind` was not met."""
    status = _checked(AUTHORIZATION, authorization.status, AuthorizationStatus.INVALID)
    changed = _with_challenge(authorization, kind, ChallengeStatus.INVALID, error=problem)
    return changed.but(status=status)


def challenge_of(authorization: Authorization, kind: ChallengeType) -> Challenge | None:
    """Return the authorization's challenge of type `kind`, if it has one."""
    return next((each for each in authorization.challenges if each.type is kind), None)


def _with_challenge(
    authorization: Authorization, kind: ChallengeType, status: ChallengeStatus, **changes: object
) -> Authorization:
    challenge = challenge_of(authorization, kind)
    if challenge is None:
        return authorization
    changed = challenge.but(status=_checked(CHALLENGE, challenge.status, status), **changes)
    return _with(authorization, kind, changed)


def _with(authorization: Authorization, kind: ChallengeType, changed: Challenge) -> Authorization:
    challenges = (changed if each.type is kind else each for each in authorization.challenges)
    return authorization.but(challenges=tuple(challenges))
