"""One challenge to validate, as a value: what the validator is asked, and what a result changes."""

from dataclasses import dataclass, field
from datetime import datetime

from acme_server.domain.audit import Actor, AuditEvent, AuditKind, Matter
from acme_server.domain.challenges import ChallengeType
from acme_server.domain.derivation import authorization_status
from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.documents.members import StoredProblem
from acme_server.domain.documents.states import AuthorizationStatus, ChallengeStatus
from acme_server.domain.transitions import challenge_of, failed, handed, met, started
from acme_server.ports import ValidationRequest
from acme_server.protocol.keys import parse_jwk

_OPEN = frozenset({ChallengeStatus.PENDING, ChallengeStatus.PROCESSING})


@dataclass(frozen=True, slots=True)
class Work:
    """Which challenge of which number of which slot, the attempt to make, and who asked for it."""

    slot: str
    number: int
    account: str
    attempt: ValidationRequest
    who: Actor = field(compare=False)

    @property
    def type(self) -> ChallengeType:
        """The challenge's type."""
        return self.attempt.type

    def open_in(self, authorization: Authorization, now: datetime) -> bool:
        """Whether a result would still count: of the same number, and nothing decided yet."""
        challenge = challenge_of(authorization, self.type)
        pending = authorization_status(authorization, now) is AuthorizationStatus.PENDING
        same = (authorization.id, authorization.number) == (self.slot, self.number)
        return pending and same and challenge is not None and challenge.status in _OPEN

    def started(
        self, authorization: Authorization, at: datetime, worker: str | None = None
    ) -> Authorization | None:
        """Return the authorization, its challenge processing since `at`; None if it is already."""
        challenge = challenge_of(authorization, self.type)
        if challenge is None or challenge.status is not ChallengeStatus.PENDING:
            return None
        return started(authorization, self.type, at, worker)

    def worker(self, authorization: Authorization) -> str | None:
        """Return the replica in whose hands its challenge is, if in anybody's."""
        challenge = challenge_of(authorization, self.type)
        return None if challenge is None else challenge.worker

    def handed(self, authorization: Authorization, worker: str | None) -> Authorization | None:
        """Return the authorization, its challenge in `worker`'s hands; None if not processing."""
        challenge = challenge_of(authorization, self.type)
        if challenge is None or challenge.status is not ChallengeStatus.PROCESSING:
            return None
        return handed(authorization, self.type, worker)

    def met(self, authorization: Authorization, at: datetime, expires: datetime) -> Authorization:
        """Return the authorization, valid since `at` until `expires`."""
        return met(authorization, self.type, at).but(expires=expires)

    def failed(self, authorization: Authorization, problem: StoredProblem) -> Authorization:
        """Return the authorization, invalid for `problem`."""
        return failed(authorization, self.type, problem)

    def told(self, authorization: Authorization, now: datetime) -> AuditEvent | None:
        """Return what the audit log is told once this is stored; None while nothing is decided."""
        challenge = challenge_of(authorization, self.type)
        if challenge is None or challenge.status in _OPEN:
            return None
        error = challenge.error
        what = Matter(
            identifiers=(self.attempt.identifier.value,),
            challenge=self.type,
            problem=None if error is None else error.type,
            detail=None if error is None else error.detail,
        )
        met = challenge.status is ChallengeStatus.VALID
        kind = AuditKind.CHALLENGE_MET if met else AuditKind.CHALLENGE_FAILED
        return AuditEvent(now, kind, self.who, what)


def work_of(
    authorization: Authorization,
    kind: ChallengeType,
    account: Account,
    client: str | None = None,
) -> Work | None:
    """Return the work for a challenge, None if the authorization has none of that type.

    The key authorization is RFC 8555 §8.1's: the token and the account key's thumbprint. `client`
    is the address that it was asked for from.
    """
    challenge = challenge_of(authorization, kind)
    if challenge is None:
        return None
    attempt = ValidationRequest(
        type=kind,
        identifier=authorization.identifier.identifier,
        token=challenge.token,
        key_authorization=f"{challenge.token}.{parse_jwk(account.key).thumbprint}",
    )
    who = Actor.of(account, client)
    return Work(authorization.id, authorization.number, account.id, attempt, who)
