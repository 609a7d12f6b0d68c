"""Gets the Lease, keeps it, and gives it back."""

import asyncio
import logging
from datetime import datetime
from typing import Protocol

from certwright_operator.api.port import (
    API,
    LEASES,
    AlreadyExists,
    Conflict,
    NotFound,
    Object,
    Refused,
    Unavailable,
)
from certwright_operator.leading.lease import Act, Lease, Terms, Watched, decide, given_back, held
from certwright_operator.settings import MANAGER

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """This replica must not work any longer: another one may have begun to."""


class Clock(Protocol):
    """The time, and a way to let it pass."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that is never set."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...


class Election:
    """One replica's part in the election.

    Args:
        api: The API server.
        namespace: Of the Lease.
        me: Identity that no other replica has, nor an earlier process of this one.
        clock: The machine's.
        terms: Of the Lease.
    """

    def __init__(
        self, api: API, namespace: str, me: str, clock: Clock, terms: Terms | None = None
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._me = me
        self._clock = clock
        self._terms = terms or Terms()
        self._watched: Watched | None = None
        self._renewed = 0.0

    async def win(self) -> None:
        """Return once this replica holds the Lease, however long that takes."""
        told: str | None = None
        while not await self._attempt(self._terms.deadline.total_seconds()):
            if self._holder not in (told, self._me, ""):
                told = self._holder
                logger.info("wait for the Lease, which %s holds", told)
            await self._clock.sleep(self._terms.retry.total_seconds())
        logger.info("hold the Lease as %s", self._me)

    async def keep(self) -> None:
        """Renew the Lease for ever.

        Raises:
            LeaseLost: somebody else has it, or no renewal succeeded before the deadline.
        """
        while True:
            await self._clock.sleep(self._terms.retry.total_seconds())
            left = self._left()
            # What is answered after the deadline is answered too late.
            if left > 0 and await self._attempt(left):
                continue
            if self._holder not in (self._me, ""):
                raise LeaseLost(f"the Lease is {self._holder}'s now")
            if self._left() <= 0:
                deadline = self._terms.deadline.total_seconds()
                raise LeaseLost(f"the Lease was not renewed for {deadline:g} seconds")

    async def give_back(self) -> None:
        """Leave the Lease to whoever asks next; a failure is only logged."""
        lease = self._watched.lease if self._watched else None
        if lease is None or lease.holder != self._me:
            return
        try:
            async with asyncio.timeout(self._terms.retry.total_seconds()):
                await self._write(lease, given_back(lease, self._clock.now()))
        except (Refused, Unavailable, TimeoutError) as error:
            logger.warning(
                "the Lease could not be given back: %s", str(error) or "no answer in time"
            )
        else:
            logger.info("gave the Lease back")

    @property
    def _holder(self) -> str:
        """Who held the Lease when it was last seen."""
        lease = self._watched.lease if self._watched else None
        return lease.holder if lease else ""

    def _left(self) -> float:
        """Return the seconds until the deadline."""
        return self._renewed + self._terms.deadline.total_seconds() - self._clock.monotonic()

    async def _attempt(self, limit: float) -> bool:
        """Take or renew the Lease if it can be had within `limit` seconds."""
        try:
            async with asyncio.timeout(limit):
                return await self._take_or_renew()
        except (AlreadyExists, Conflict):
            return False  # somebody else was faster
        except (Refused, Unavailable, TimeoutError) as error:
            logger.warning("the Lease can't be reached: %s", str(error) or "no answer in time")
            return False

    async def _take_or_renew(self) -> bool:
        lease = await self._read()
        now = self._clock.monotonic()
        watched = self._watched or Watched(lease, now)
        self._watched = watched.followed_by(lease, now)
        if decide(self._watched, now, self._me, self._terms) is Act.WAIT:
            return False
        spec = held(lease, self._me, self._clock.now(), self._terms)
        written = await self._write(lease, spec)
        # Counted from before it was sent: nobody else can have seen it earlier.
        self._renewed = now
        self._watched = Watched(written, now)
        return True

    async def _read(self) -> Lease | None:
        try:
            return Lease.read(await self._api.get(LEASES, self._namespace, MANAGER))
        except NotFound:
            return None

    async def _write(self, lease: Lease | None, spec: Object) -> Lease:
        body: Object = {"metadata": {"name": MANAGER}, "spec": spec}
        if lease is None:
            return Lease.read(await self._api.create(LEASES, self._namespace, body))
        body["metadata"]["resourceVersion"] = lease.version
        return Lease.read(await self._api.replace(LEASES, self._namespace, MANAGER, body))
