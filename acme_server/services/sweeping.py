"""Sweeping: what has long expired goes, a little at a time, by one replica.

Each document goes on its own, at the version that was looked at, so whoever changes it meanwhile
keeps it, and a sweeper that dies has done half its work and no harm. What a newer server wrote is
left alone.

* An order goes after its expiry, and after its certificate's if one came of it.
* An account goes when it wasn't used for 13 months and has no order, authorization or certificate.
  Its use is written into it once a month, before an order is made. Its keys' records are
  marked first, then it goes, and they go an hour later unless it has come back under its old id.
  Its place in an enrollment is given back when one is short, as that of any account that is gone.
"""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from acme_server.domain import retention
from acme_server.domain.documents.accounts import Account, AccountKey
from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.documents.document import Document, Kind
from acme_server.domain.documents.orders import Order
from acme_server.domain.problems import ACMEError
from acme_server.domain.retention import KEY_GRACE, Retention
from acme_server.ports import Clock, Conflict, Select
from acme_server.services.documents import Documents, Unreadable, Versioned, hour

D = TypeVar("D", bound=Document)

SWEEP_EVERY: Final = 3600.0
"""Seconds between two sweeps: what expired is marked with the hour."""

SWEEP_AGAIN: Final = 120.0
"""Seconds until a sweep is tried again that the store didn't let end."""

AWAIT_TURN: Final = 60.0
"""Seconds until a replica that may not sweep now asks again."""

WRITES_PER_SECOND: Final = 20.0
"""The pace: a backlog of 100,000 documents takes an hour and a half, and nobody notices."""

_log = logging.getLogger(__name__)


class Stopped(Exception):
    """This replica may not sweep any more, or the clock can't be trusted: the sentence says why."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many documents of each kind have gone."""

    counts: Mapping[Kind, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return them in words."""
        return ", ".join(f"{number} {kind}" for kind, number in self.counts.items()) or "nothing"


class Sweeper:
    """One replica's sweeper.

    Args:
        check: Raises `Stopped` when no more may be swept; asked before every write.
        tell: Told how many documents of a kind have gone.
        pace: Writes a second, at most.
    """

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        keep: Retention,
        *,
        check: Callable[[], None] = lambda: None,
        tell: Callable[[Kind, int], None] = lambda _kind, _number: None,
        pace: float = WRITES_PER_SECOND,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._keep = keep
        self._check = check
        self._tell = tell
        self._pause = 1 / pace
        self._counts: dict[Kind, int] = {}

    async def run(self) -> None:
        """Sweep every hour, until cancelled; what can't be done now is tried again in minutes.

        An API server that has just started answers no list of a kind for a while.
        """
        while True:
            try:
                self._check()
                swept = await self.sweep(self._clock.now())
            except Stopped as stopped:
                _log.debug("not sweeping: %s", stopped)
                await self._clock.sleep(AWAIT_TURN)
                continue
            except ACMEError as error:
                _log.warning("sweeping is tried again in %g s: %s", SWEEP_AGAIN, error)
                await self._clock.sleep(SWEEP_AGAIN)
                continue
            else:
                _log.log(logging.INFO if swept.counts else logging.DEBUG, "swept: %s", swept)
            await self._clock.sleep(SWEEP_EVERY)

    async def sweep(self, now: datetime) -> Swept:
        """Sweep once and tell what has gone.

        Raises `Stopped`, and `ACMEError` while the store is away.
        """
        self._counts = {}
        await self._orders(now - self._keep.orders)
        async for old in self._due(Authorization, now - self._keep.authorizations):
            await self._delete(old)
        async for expired in self._due(Certificate, now - self._keep.certificates):
            await self._delete(expired)
        await self._leaving_keys(now)
        await self._accounts(now)
        return Swept(self._counts)

    def _due(self, model: type[D], end: datetime) -> AsyncIterator[Versioned[D]]:
        """Yield what expired before the hour of `end`, a page at a time."""
        return self._documents.scan_all(model, Select.DUE_BEFORE, hour(end))

    async def _orders(self, end: datetime) -> None:
        async for found in self._due(Order, end):
            try:
                await self._order(found, end)
            except Unreadable as error:
                _log.warning("order %s is kept: %s", found.document.id, error)

    async def _order(self, found: Versioned[Order], end: datetime) -> None:
        order = found.document
        certificate = await self._documents.get(Certificate, order.serial)
        issued = None if certificate is None else certificate.document
        kept = retention.order_kept(order, issued, end)
        if kept is None:
            await self._delete(found)
        else:
            await self._replace(found, kept)

    async def _accounts(self, now: datetime) -> None:
        async for found in self._due(Account, now - self._keep.accounts):
            if await self._has_anything(found.document.id):
                await self._replace(found, found.document.but(used=now))
            elif await self._mark_keys(found.document.id, now):
                await self._delete(found)

    async def _has_anything(self, account: str) -> bool:
        """Whether the account has an order, an authorization or a certificate, in whatever state.

        One that a newer server wrote counts, though it can't be read here.
        """
        for model in (Order, Authorization, Certificate):
            if await self._documents.any_of(model, Select.OWNED_BY, account):
                return True
        return False

    async def _mark_keys(self, account: str, now: datetime) -> bool:
        """Mark the account's keys as leaving; return whether all are."""
        async for found in self._documents.scan_all(AccountKey, Select.OWNED_BY, account):
            if found.document.leaving is None:
                marked = found.document.but(leaving=now)
                if not await self._replace(found, marked):
                    return False
        return True

    async def _leaving_keys(self, now: datetime) -> None:
        async for found in self._due(AccountKey, now - KEY_GRACE):
            if await self._documents.exists(Account, found.document.account):
                # It stayed after all, or was made anew by the key's holder.
                await self._replace(found, found.document.but(leaving=None))
            else:
                await self._delete(found)

    async def _delete(self, found: Versioned[D]) -> None:
        await self._turn()
        try:
            await self._documents.delete(found)
        except Conflict:
            return
        kind = found.document.kind
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self._tell(kind, 1)

    async def _replace(self, found: Versioned[D], changed: D) -> bool:
        await self._turn()
        try:
            await self._documents.replace(found, changed)
        except Conflict:
            return False
        return True

    async def _turn(self) -> None:
        """Wait for the pace, and make sure that sweeping is still allowed."""
        await self._clock.sleep(self._pause)
        self._check()
