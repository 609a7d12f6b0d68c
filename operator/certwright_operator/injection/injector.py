"""Holds Issuers to what their annotation asks: decides, writes what differs, and tells people."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, NoReturn

from certwright.reconcile.events import Event
from certwright_operator.api.events import About
from certwright_operator.api.port import Conflict, Refused, Unavailable
from certwright_operator.injection.decision import (
    Concern,
    Directories,
    Inject,
    Leave,
    Release,
    decide,
)
from certwright_operator.injection.issuer import (
    CLUSTER_ISSUERS,
    FIELD_MANAGER,
    ISSUERS,
    Issuer,
)
from certwright_operator.injection.port import Clock, Herald, IssuersAPI, Trust
from certwright_operator.injection.shelf import Kept, Shelf
from certwright_operator.injection.watching import Watching

logger = logging.getLogger(__name__)

TICK: Final = 5.0
"""Seconds between two looks at what is not right yet: profiles come without being told of here."""

PATIENCE: Final = 30.0
"""Seconds in which what an Issuer waits for may come before people are told that it waits."""

_REST: Final = 300.0
"""Seconds until an Issuer is looked at again that is right, or was written, unless there is news.
What the API server refuses, or takes without effect, is tried no more often than that."""


class Injector:
    """Injects trust into cert-manager's Issuers. It belongs to one event loop.

    Args:
        api: The API server.
        trust: The roots of the ACME server's TLS.
        directories: Knows the profiles.
        herald: Posts Events.
        clock: The machine's.

    Attributes:
        watches: One for each kind of issuers, which `run` runs.
    """

    def __init__(
        self,
        api: IssuersAPI,
        trust: Trust,
        directories: Directories,
        herald: Herald,
        clock: Clock,
    ) -> None:
        self._api = api
        self._trust = trust
        self._directories = directories
        self._herald = herald
        self._clock = clock
        self._shelf = Shelf()
        self._news = asyncio.Event()
        trust.subscribe(self._trust_changed)
        self.watches = tuple(
            Watching(api, resource, self._shelf, self._news.set, clock)
            for resource in (ISSUERS, CLUSTER_ISSUERS)
        )

    def counts(self) -> Mapping[tuple[str, bool], int]:
        """How many Issuers of each kind ask for trust and have it, and how many have not."""
        return Counter(
            (kept.issuer.place.resource.kind, kept.is_right)
            for kept in self._shelf
            if kept.issuer.source is not None
        )

    async def run(self) -> NoReturn:
        """Go on until cancelled, whether or not cert-manager is there."""
        async with asyncio.TaskGroup() as group:
            for each in self.watches:
                group.create_task(each.run())
            while True:
                await self.look()
                await self._pause()

    async def look(self) -> None:
        """Look at every Issuer whose turn it is."""
        for kept in self._shelf:
            is_there = self._shelf.get(kept.issuer.place) is kept
            if is_there and self._clock.monotonic() >= kept.rests_until:
                await self._look_at(kept)

    async def _look_at(self, kept: Kept) -> None:
        match decide(kept.issuer, self._trust.pem, self._directories):
            case Leave() as left:
                await self._leave(kept, left)
            case Inject(ca_bundle):
                await self._write(kept, {"spec": {"acme": {"caBundle": ca_bundle}}}, "injected")
            case Release():
                await self._write(kept, {}, "released")

    async def _leave(self, kept: Kept, left: Leave) -> None:
        now = self._clock.monotonic()
        if left != kept.left:
            kept.left, kept.since, kept.told = left, now, ""
        if kept.is_right:
            kept.rests_until = now + _REST
        elif left.concern is Concern.LASTING or now - kept.since >= PATIENCE:
            await self._tell(kept, left.reason)

    async def _write(self, kept: Kept, fields: dict[str, Any], done: str) -> None:
        """Have the fields that are ours be these, and no others."""
        issuer, place = kept.issuer, kept.issuer.place
        body = {"metadata": {"name": place.name, "uid": issuer.uid}, **fields}
        kept.left, kept.rests_until = None, self._clock.monotonic() + _REST
        try:
            answer = await self._api.claim(
                place.resource, place.namespace, place.name, body, manager=FIELD_MANAGER
            )
        except Conflict as conflict:
            # Whoever was faster, the watch tells of; what is to be said of it is decided then.
            logger.info("%s changed meanwhile: %s", place, conflict)
        except Refused as refusal:
            await self._tell(kept, f"spec.acme.caBundle can't be written: {refusal}")
        except Unavailable as failure:
            logger.warning("%s can't be written yet: %s", place, failure)
            kept.rests_until = self._clock.monotonic() + TICK
        else:
            logger.info("%s: %s spec.acme.caBundle", place, done)
            if self._shelf.get(place) is kept:
                self._shelf.put(Issuer.read(place.resource, answer))
                self._news.set()

    async def _tell(self, kept: Kept, reason: str) -> None:
        place = kept.issuer.place
        if kept.told != reason:
            kept.told = reason
            logger.warning("%s: %s", place, reason)
        kind = place.resource
        about = About(kind.api_version, kind.kind, place.namespace, place.name, kept.issuer.uid)
        await self._herald.post(about, Event(reason, warning=True))

    def _trust_changed(self) -> None:
        for kept in self._shelf:
            kept.rests_until = 0.0
        self._news.set()

    async def _pause(self) -> None:
        """Wait for news, or until what isn't right is looked at again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK):
                await self._news.wait()
        self._news.clear()
