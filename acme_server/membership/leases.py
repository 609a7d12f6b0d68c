"""Membership by Leases, one per replica in the server's namespace.

A replica renews its own every few seconds and looks at all of them as often. A replica that has
just started is found by looking once more when a nonce turns up whose issuer nobody knows.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

from acme_server.kubernetes_api.connection import Connection
from acme_server.membership import records
from acme_server.membership.lease import Lease, LeaseChanged, Leases, timestamp
from acme_server.membership.observation import Observation
from acme_server.membership.port import Member, MembershipUnavailable
from acme_server.ports import Clock

logger = logging.getLogger(__name__)

#: Seconds between two renewals: two may fail before the record expires.
RENEW_EVERY = 5.0

#: Seconds between two looks at all records.
LOOK_EVERY = 3.0

#: Seconds for which it is remembered that an incarnation was looked for and nobody's.
MISS_REMEMBERED = 1.0

#: Writes of the own record in a row that others may spoil.
_ATTEMPTS = 3

_Question = tuple[bytes, str | None]


class LeaseMembership:
    """`Membership` by Leases.

    `start` before anything is asked, `run` beside serving, and `leave` once this replica's nonces
    are another's. Whoever doesn't leave is missed when the Lease expires, 15 seconds later.
    """

    def __init__(
        self,
        connection: Connection,
        namespace: str,
        clock: Clock,
        identity: str,
        peer_address: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Be a member of the server in `namespace`; nothing is sent yet. Raises ValueError.

        Args:
            connection: The way to the API server; whoever opened it closes it, after this ended.
            namespace: The server's.
            clock: Tells the time that renewals are written with; others only compare it.
            identity: Unique among replicas, and a part of an object's name: the pod's name.
            peer_address: Host and port at which this replica's peer listener can be reached.
            monotonic: Seconds of a clock that never jumps.
        """
        self._leases = Leases(connection, namespace)
        self._clock = clock
        self._monotonic = monotonic
        self._identity = identity
        self._wanted = records.first(identity, peer_address)
        self._own: Lease | None = None
        self._writing = asyncio.Lock()
        self._left = False
        self._observation = Observation()
        self._members: tuple[Member, ...] = ()
        self._looking: dict[_Question, asyncio.Task[Member | None]] = {}
        self._missed: dict[_Question, float] = {}
        self._trouble = ""

    @property
    def identity(self) -> str:
        """This replica's own identity."""
        return self._identity

    async def start(self) -> None:
        """See who is there, and be there; raise `MembershipUnavailable`."""
        await self._see()
        await self._renew()

    async def run(self) -> None:
        """Renew, look and tidy up until cancelled. Failures are logged and tried again."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._every(RENEW_EVERY, self._renew))
            group.create_task(self._every(LOOK_EVERY, self.look))

    async def close(self) -> None:
        """End what is under way. The record stays unless this replica has left."""
        looking = list(self._looking.values())
        for each in looking:
            each.cancel()
        await asyncio.gather(*looking, return_exceptions=True)

    def members(self) -> Sequence[Member]:
        """Return the others that are alive, the newest first, as they were last seen."""
        return self._members

    def alive(self, identity: str) -> bool:
        """Tell whether a replica, perhaps this one, is alive as far as was seen."""
        return identity == self._identity or any(each.id == identity for each in self._members)

    async def find(self, incarnation: bytes, *, other_than: str | None = None) -> Member | None:
        """Return a live replica that redeems an incarnation's nonces, or None.

        All who ask the same at the same time share one request, and a miss is remembered for a
        second: an incarnation is announced before its first nonce, so it doesn't come up later.
        Raises `MembershipUnavailable`.
        """
        known = self._redeemer(incarnation, other_than)
        question = (incarnation, other_than)
        missed = self._missed.get(question)
        if known is not None or (
            missed is not None and self._monotonic() < missed + MISS_REMEMBERED
        ):
            return known
        looking = self._looking.get(question)
        if looking is None:
            looking = asyncio.create_task(self._find_afresh(question))
            self._looking[question] = looking
            looking.add_done_callback(lambda task: self._found(question, task))
        # One who gives up doesn't give up for the others.
        return await asyncio.shield(looking)

    async def announce(self, incarnations: Iterable[bytes], successor: str | None = None) -> None:
        """Tell all others whose nonces this replica redeems; raise `MembershipUnavailable`."""
        self._wanted = records.telling(self._wanted, incarnations, successor)
        await self._renew()

    async def leave(self) -> None:
        """Take this replica's record away for good. What fails is left to expire."""
        self._left = True
        async with self._writing:
            try:
                await self._delete(self._own)
            except MembershipUnavailable as error:
                logger.warning("this replica's Lease is left to expire: %s", error)

    async def _renew(self) -> None:
        """Write the own record as it is wanted now; make it anew if somebody deleted it."""
        async with self._writing:
            for _ in range(_ATTEMPTS):
                if self._left:
                    return
                try:
                    self._own = await self._write(self._own)
                except LeaseChanged:
                    # Also met by a write that landed though its answer was lost, and by the first
                    # write of a process whose predecessor had the same identity.
                    self._own = await self._leases.get(self._wanted.name)
                else:
                    return
        raise MembershipUnavailable(f"others change the Lease {self._wanted.name} all the time")

    async def _write(self, before: Lease | None) -> Lease:
        now = timestamp(self._clock.now())
        if before is None:
            return await self._leases.create(replace(self._wanted, renewed=now, acquired=now))
        over = replace(self._wanted, uid=before.uid, version=before.version)
        return await self._leases.replace(
            replace(over, renewed=now, acquired=before.acquired or now)
        )

    async def look(self) -> None:
        """See who is there, and tidy up one that was long dead; raise `MembershipUnavailable`."""
        await self._see()
        await self._delete(self._observation.forgotten())

    async def _see(self) -> None:
        began = self._monotonic()
        found = await self._leases.labelled(records.SELECTOR)
        # The own one is nobody's to watch and tidy up from here.
        self._observation.look((each for each in found if each.name != self._wanted.name), began)
        alive = (records.member(each) for each in self._observation.alive())
        others = (each for each in alive if each is not None)
        self._members = tuple(sorted(others, key=lambda each: each.created, reverse=True))

    async def _delete(self, lease: Lease | None) -> None:
        """Delete a Lease as it was seen; if it isn't that any more, its owner lives."""
        if lease is None:
            return
        try:
            await self._leases.delete(lease)
        except LeaseChanged as error:
            logger.info("not deleted: %s", error)

    async def _find_afresh(self, question: _Question) -> Member | None:
        await self._see()
        found = self._redeemer(*question)
        now = self._monotonic()
        self._missed = {
            each: missed for each, missed in self._missed.items() if now < missed + MISS_REMEMBERED
        }
        if found is None:
            self._missed[question] = now
        return found

    def _found(self, question: _Question, task: asyncio.Task[Member | None]) -> None:
        """Forget a search; look at what it raised, in case nobody waits for it any more."""
        del self._looking[question]
        if not task.cancelled():
            task.exception()

    def _redeemer(self, incarnation: bytes, other_than: str | None) -> Member | None:
        """Return who is known to redeem, rather one that stays than one that ends."""
        redeemers = [each for each in self._members if incarnation in each.incarnations]
        successors = {each.successor for each in redeemers}
        candidates = (
            *(each for each in redeemers if each.successor is None),
            *(each for each in self._members if each.id in successors),
            *redeemers,
        )
        return next((each for each in candidates if each.id != other_than), None)

    async def _every(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._clock.sleep(seconds)
            try:
                await act()
            except MembershipUnavailable as error:
                self._tell(str(error))
            else:
                self._tell("")

    def _tell(self, trouble: str) -> None:
        """Tell the log once an outage, not every few seconds."""
        if trouble and not self._trouble:
            logger.warning("membership is as it was last seen: %s", trouble)
        self._trouble = trouble
