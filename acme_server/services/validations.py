"""Validation at work: attempts on a fixed schedule until a challenge is met or its time is up.

The first attempt runs while the client's request waits a moment for it; if the challenge is met
by then, one write ends it. Otherwise it is stored as processing, and attempts go on here, or on
whoever finds it after this process has gone. A result counts only for a challenge that is still
open, so two workers on one challenge cost an attempt and nothing else.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.members import StoredProblem
from acme_server.domain.problems import ACMEError
from acme_server.ports import Audit, Clock, ValidationFailure, Validator
from acme_server.services.documents import Documents
from acme_server.services.environment import Lifetimes
from acme_server.services.turns import Turns
from acme_server.services.unfinished import unfinished
from acme_server.services.validation_work import Work

#: Seconds that a client's request waits for the first attempt.
PATIENCE = 0.3

#: Seconds until a result is written again when the store was away.
STORE_RETRY = 1.0

#: For the start of a challenge and a time: when to try next, None when its time is up.
NextAttempt = Callable[[datetime, datetime], datetime | None]

_First = asyncio.Task[ValidationFailure | None]
_log = logging.getLogger(__name__)


class Validations:
    """The attempts under way in this process.

    Args:
        next_attempt: The schedule.
        replica: This process's id, written into what it works on; None where it is the only one.
    """

    def __init__(
        self,
        documents: Documents,
        validator: Validator,
        clock: Clock,
        lifetimes: Lifetimes,
        next_attempt: NextAttempt,
        audit: Audit,
        replica: str | None = None,
    ) -> None:
        self._replica = replica
        self._documents = documents
        self._validator = validator
        self._clock = clock
        self._lifetimes = lifetimes
        self._next_attempt = next_attempt
        self._audit = audit
        self._turns = Turns()
        self._tasks: dict[Work, asyncio.Task[None]] = {}
        self._errors: defaultdict[str, dict[Work, StoredProblem]] = defaultdict(dict)

    async def begin(self, work: Work) -> Authorization | None:
        """Start on a pending challenge and return its authorization as it is stored then.

        None if the authorization is gone.
        """
        begun = self._clock.now()
        first = asyncio.create_task(self._attempt(work))
        done, _ = await asyncio.wait({first}, timeout=PATIENCE)
        if done and first.result() is None:
            return await self._change(work, lambda current: self._met(work, current))
        stored = await self._change(
            work, lambda current: work.started(current, begun, self._replica)
        )
        if stored is not None and work.open_in(stored, begun):
            self._continue(work, begun, first)
        return stored

    async def resume(self) -> None:
        """Take up every challenge that is stored as processing: called after a start."""
        async for found in unfinished(self._documents):
            work = await found.work(self._documents)
            if work is not None and work.open_in(found.authorization, self._clock.now()):
                self.take_up(work, found.begun(self._clock.now()))

    def take_up(self, work: Work, begun: datetime) -> None:
        """Go on with a challenge that is stored as processing since `begun`, unless it is."""
        if not self.has(work):
            self._continue(work, begun, asyncio.create_task(self._attempt(work)))

    def has(self, work: Work) -> bool:
        """Whether a challenge is being worked on here."""
        return work in self._tasks

    @property
    def works(self) -> tuple[Work, ...]:
        """What is being worked on here."""
        return tuple(self._tasks)

    @property
    def open(self) -> int:
        """How many challenges are being worked on here."""
        return len(self._tasks)

    async def close(self) -> None:
        """Stop all attempts. Their challenges stay processing, to be taken up at the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def with_latest_errors(self, authorization: Authorization) -> Authorization:
        """Return the authorization, showing why the last attempts failed.

        Attempts aren't written one by one; people see why one failed while others are to come.
        """
        found = {
            work.type: problem
            for work, problem in self._errors.get(authorization.id, {}).items()
            if work.open_in(authorization, self._clock.now())
        }

        def shown(challenge: Challenge) -> Challenge:
            problem = found.get(challenge.type)
            return challenge if problem is None else challenge.but(error=problem)

        return authorization.but(challenges=tuple(map(shown, authorization.challenges)))

    def _continue(self, work: Work, begun: datetime, first: _First) -> None:
        if work in self._tasks:
            first.cancel()
            return
        task = asyncio.create_task(self._pursue(work, begun, first))
        self._tasks[work] = task
        task.add_done_callback(lambda done: self._ended(work, done))

    def _ended(self, work: Work, task: asyncio.Task[None]) -> None:
        self._tasks.pop(work, None)
        self._errors[work.slot].pop(work, None)
        if not self._errors[work.slot]:
            del self._errors[work.slot]
        if not task.cancelled() and task.exception() is not None:
            _log.error("validating %s failed", work.attempt.identifier, exc_info=task.exception())

    async def _pursue(self, work: Work, begun: datetime, first: _First) -> None:
        """Try until the challenge is met or its time is up, and store which.

        An authorization that was decided otherwise meanwhile ends it.
        """
        failure = await first
        while failure is not None:
            problem = StoredProblem(type=failure.type, detail=failure.detail)
            self._errors[work.slot][work] = problem
            now = self._clock.now()
            upcoming = self._next_attempt(begun, now)
            if upcoming is None:
                await self._conclude(work, _failing(work, problem))
                return
            await self._clock.sleep((upcoming - now).total_seconds())
            if not await self._is_open(work):
                return
            failure = await self._attempt(work)
        await self._conclude(work, lambda current: self._met(work, current))

    async def _attempt(self, work: Work) -> ValidationFailure | None:
        async with self._turns.turn(work.account):
            return await self._validator.attempt(work.attempt)

    async def _is_open(self, work: Work) -> bool:
        """Whether another attempt is of use; while the store is away, as far as is known here."""
        try:
            found = await self._documents.get(Authorization, work.slot)
        except ACMEError as error:
            if error.problem.status is not HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            return True
        return found is not None and work.open_in(found.document, self._clock.now())

    def _met(self, work: Work, current: Authorization) -> Authorization:
        now = self._clock.now()
        return work.met(current, now, now + self._lifetimes.authorization)

    async def _conclude(
        self, work: Work, change: Callable[[Authorization], Authorization | None]
    ) -> None:
        """Store a result, however long the store is away: the proof was made and must count."""
        while True:
            try:
                await self._change(work, change)
            except ACMEError as error:
                if error.problem.status is not HTTPStatus.SERVICE_UNAVAILABLE:
                    raise
                _log.warning("the result of a validation can't be stored yet: %s", error)
                await self._clock.sleep(STORE_RETRY)
            else:
                return

    async def _change(
        self, work: Work, change: Callable[[Authorization], Authorization | None]
    ) -> Authorization | None:
        decided: Authorization | None = None

        def guarded(current: Authorization) -> Authorization | None:
            nonlocal decided
            decided = change(current) if work.open_in(current, self._clock.now()) else None
            return decided

        changed = await self._documents.change(Authorization, work.slot, guarded)
        told = None if decided is None else work.told(decided, self._clock.now())
        if told is not None:
            self._audit.record(told)
        return None if changed is None else changed.document


def _failing(work: Work, problem: StoredProblem) -> Callable[[Authorization], Authorization]:
    return lambda current: work.failed(current, problem)
