"""Challenges of a replica that is gone: found by the others, and gone on with.

Whoever works on a challenge writes itself into it. Every replica looks regularly for those whose
worker isn't alive, and takes them by writing itself in, by version: one of several gets it. When
the challenge was begun stays, so its attempts go on by the same schedule and end when they would
have ended. Two workers on one challenge would do no harm: a result counts only while it is
processing.
"""

import asyncio
import logging
from typing import Final

from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.problems import ACMEError
from acme_server.ports import Clock, Replicas
from acme_server.services.documents import Documents
from acme_server.services.unfinished import Unfinished, unfinished
from acme_server.services.validation_work import Work
from acme_server.services.validations import Validations

LOOK_EVERY: Final = 5.0
"""Seconds between two looks. A list by label reads all authorizations of a store on Kubernetes."""

RELEASE_WITHIN: Final = 2.0
"""Seconds that giving up what is under way may take when the server stops."""

_log = logging.getLogger(__name__)


class TakingOver:
    """The taking over of challenges by one replica.

    Args:
        replica: This one's id.
        replicas: Who else is alive.
    """

    def __init__(
        self,
        documents: Documents,
        validations: Validations,
        clock: Clock,
        replica: str,
        replicas: Replicas,
    ) -> None:
        self._documents = documents
        self._validations = validations
        self._clock = clock
        self._replica = replica
        self._replicas = replicas

    async def run(self) -> None:
        """Go on looking, until cancelled; what can't be done now is done at the next look."""
        while True:
            try:
                await self.look()
            except ACMEError as error:
                _log.warning("nobody's challenges can't be looked for now: %s", error)
            await self._clock.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Look once, and go on with what is in nobody's hands, or in those of this replica.

        What is in its own and not under way lost its worker to a failure, such as of the store.
        """
        async for found in unfinished(self._documents):
            if self._is_free(found.worker) or found.worker == self._replica:
                await self._take(found)

    async def release(self) -> None:
        """Leave what is under way to the others, as far as there is time; called at the end."""
        works = self._validations.works
        await self._validations.close()
        try:
            async with asyncio.timeout(RELEASE_WITHIN):
                await asyncio.gather(*map(self._let_go, works))
        except (TimeoutError, ACMEError) as error:
            _log.warning(
                "challenges are taken over later, once this server counts as gone: %s", error
            )

    def _is_free(self, worker: str | None) -> bool:
        return worker is None or not (worker == self._replica or self._replicas.alive(worker))

    async def _take(self, found: Unfinished) -> None:
        try:
            work = await found.work(self._documents)
            if work is None or self._validations.has(work):
                return
            if await self._is_ours(work):
                _log.info("going on with the validation of %s", work.attempt.identifier)
                self._validations.take_up(work, found.begun(self._clock.now()))
        except ACMEError as error:
            _log.warning("a challenge can't be taken over now: %s", error)

    async def _is_ours(self, work: Work) -> bool:
        """Write this replica into a challenge, unless another has come first."""

        def taken(current: Authorization) -> Authorization | None:
            is_open = work.open_in(current, self._clock.now())
            free = is_open and self._is_free(work.worker(current))
            return work.handed(current, self._replica) if free else None

        changed = await self._documents.change(Authorization, work.slot, taken)
        if changed is None or not work.open_in(changed.document, self._clock.now()):
            return False
        return work.worker(changed.document) == self._replica

    async def _let_go(self, work: Work) -> None:
        def left(current: Authorization) -> Authorization | None:
            mine = (
                work.open_in(current, self._clock.now()) and work.worker(current) == self._replica
            )
            return work.handed(current, None) if mine else None

        await self._documents.change(Authorization, work.slot, left)
