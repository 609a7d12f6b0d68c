"""A Lease that one replica at a time holds: who holds it does what only one may do."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from acme_server.kubernetes_api.connection import Connection
from acme_server.membership.lease import Lease, LeaseChanged, Leases, timestamp
from acme_server.membership.observation import Observation
from acme_server.membership.port import MembershipUnavailable
from acme_server.ports import Clock

logger = logging.getLogger(__name__)

SWEEPER = "acme-server-sweeper"
"""The Lease of the one that sweeps."""

#: Seconds without a renewal after which another may take the Lease.
DURATION = 15

RENEW_EVERY = 5.0

#: Seconds for which the holder relies on a renewal, from when it was sent: less than `DURATION`,
#: so that what it began is over before another one begins.
RELIED_ON = 10.0


class LeaseHolding:
    """This replica's part in a Lease that only one can hold.

    `run` beside serving; look at `held` before each step of the work; `release` at the end.
    """

    def __init__(
        self,
        connection: Connection,
        namespace: str,
        name: str,
        identity: str,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Compete for the Lease `name` in `namespace` as `identity`; nothing is sent yet."""
        self._leases = Leases(connection, namespace)
        self._name = name
        self._identity = identity
        self._clock = clock
        self._monotonic = monotonic
        self._observation = Observation()
        self._held: Lease | None = None
        self._relied_on_until = 0.0

    @property
    def held(self) -> bool:
        """Whether this replica holds the Lease, surely and at this moment."""
        return self._held is not None and self._monotonic() < self._relied_on_until

    async def run(self) -> None:
        """Hold the Lease, or wait for it, until cancelled."""
        while True:
            try:
                await self.attempt()
            except MembershipUnavailable as error:
                logger.debug("the Lease %s can't be renewed: %s", self._name, error)
            await self._clock.sleep(RENEW_EVERY)

    async def attempt(self) -> bool:
        """Renew the Lease, or take it if it is free, and tell whether it is held.

        Raises `MembershipUnavailable`; what is held then is held until that runs out.
        """
        began = self._monotonic()
        try:
            held = await self._taken(await self._leases.get(self._name), began)
        except LeaseChanged:
            held = None
        if (held is None) is not (self._held is None):
            verb = "no longer holds" if held is None else "holds"
            logger.info("this replica %s the Lease %s", verb, self._name)
        self._held = held
        self._relied_on_until = began + RELIED_ON
        return held is not None

    async def release(self) -> None:
        """Give the Lease up, so that another can have it at once. What fails is left to expire."""
        held, self._held = self._held, None
        if held is None:
            return
        try:
            await self._leases.replace(replace(held, holder=""))
        except (LeaseChanged, MembershipUnavailable) as error:
            logger.info("the Lease %s is left to expire: %s", self._name, error)

    async def _taken(self, found: Lease | None, began: float) -> Lease | None:
        """Return the Lease as this replica wrote it, or None while it is another's."""
        now = timestamp(self._clock.now())
        if found is None:
            wanted = Lease(self._name, self._identity, DURATION, now, acquired=now)
            return await self._leases.create(wanted)
        if found.holder == self._identity:
            return await self._leases.replace(replace(found, renewed=now, seconds=DURATION))
        self._observation.look([found], began)
        if found.holder and any(self._observation.alive()):
            return None
        taken = replace(found, holder=self._identity, seconds=DURATION, renewed=now, acquired=now)
        return await self._leases.replace(replace(taken, transitions=found.transitions + 1))
