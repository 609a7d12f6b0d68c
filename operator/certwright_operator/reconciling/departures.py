"""What is done about objects that are gone: nothing while too much went at once, else a sweep."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from certwright.reconcile.world import Kind
from certwright_operator.api.port import (
    API,
    DEFINITIONS,
    KINDS,
    LEASES,
    Conflict,
    NotFound,
    Refused,
    Unavailable,
)
from certwright_operator.children import labels, sweeping
from certwright_operator.children.actions import Action, Annotate, Remove
from certwright_operator.children.child import Child
from certwright_operator.children.freezing import confirmed_kinds, freeze_reason
from certwright_operator.children.places import Namespaces
from certwright_operator.knowledge.objects import Objects
from certwright_operator.reconciling.agenda import LONGEST_DELAY
from certwright_operator.reconciling.applying import CHILD_RESOURCES
from certwright_operator.reconciling.clock import Clock
from certwright_operator.reconciling.inventory import Inventory
from certwright_operator.settings import MANAGER, Settings

SETTLING: Final = 2.0
"""Seconds after a deletion in which nothing is swept: more may be on the way, too many even."""

LONGEST_SETTLING: Final = 30.0
"""Seconds after which deletions that never end are swept all the same."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Departures:
    """Attends to what is gone.

    Args:
        api: The API server.
        settings: The settings.
        objects: What is known of objects.
        inventory: What is known of children.
        clock: The time.
    """

    api: API
    settings: Settings
    objects: Objects
    inventory: Inventory
    clock: Clock
    frozen: str | None = None
    _first: float | None = None
    _last: float = 0.0
    _unused: float | None = None
    _refused: int = 0
    _again: float | None = None

    def note(self) -> None:
        """Take note that an object is gone, or may be."""
        self._last = self.clock.monotonic()
        self._first = self._last if self._first is None else self._first

    @property
    def outstanding(self) -> bool:
        """Whether there is something to attend to."""
        return self._first is not None or self.frozen is not None or self.wait <= 0

    @property
    def wait(self) -> float:
        """Seconds until a sweep."""
        times = [each for each in (self._unused, self._again) if each is not None]
        if self._first is not None:
            times.append(min(self._last + SETTLING, self._first + LONGEST_SETTLING))
        return max(0.0, min(times, default=float("inf")) - self.clock.monotonic())

    async def attend(self) -> bool:
        """Sweep once deletions have settled; tell whether work may go on: not while frozen.

        Raises:
            Refused, Unavailable: It can't be read whether it may.
        """
        if await self._freezes():
            return False
        if self.wait <= 0:
            # Reset before: what goes meanwhile isn't among what is swept now, and comes next.
            self._first = self._unused = self._again = None
            swept = await self._sweep(self.clock.now())
            self._refused = 0 if swept else self._refused + 1
            if not swept:
                delay = min(SETTLING * 2 ** min(self._refused, 16), LONGEST_DELAY.total_seconds())
                self._again = self.clock.monotonic() + delay
        return True

    async def _freezes(self) -> bool:
        definitions = {kind: await self._is_served(kind) for kind in Kind}
        reason = freeze_reason(
            self.inventory, self.objects.counts(), definitions, await self._confirmed()
        )
        if reason is not None and reason != self.frozen:
            _log.error("everything stands still: %s", reason)
        if reason is None and self.frozen is not None:
            _log.warning("work goes on: definitions and objects are there, or were meant to go")
        self.frozen = reason
        return reason is not None

    async def _is_served(self, kind: Kind) -> bool:
        resource = KINDS[kind]
        try:
            found = await self.api.get(DEFINITIONS, None, f"{resource.plural}.{resource.group}")
        except NotFound:
            return False
        return "deletionTimestamp" not in found["metadata"]

    async def _confirmed(self) -> frozenset[Kind]:
        try:
            lease = await self.api.get(LEASES, self.settings.operator_namespace, MANAGER)
        except NotFound:
            return frozenset()
        return confirmed_kinds(lease["metadata"].get("annotations") or {})

    async def _sweep(self, now: datetime) -> bool:
        """Do away with what is left; tell whether nothing of that was refused."""
        present = {
            which: record.uid
            for which in self.objects
            if (record := self.objects.record(which)) is not None
        }
        used = sweeping.used_signers(self.inventory)
        swept = True
        for action in sweeping.sweep(self.inventory, present, used, now):
            try:
                await self._act(action)
            except (Conflict, NotFound) as changed:
                _log.info("%s has changed, and is looked at again: %s", action.key, changed)
            except (Refused, Unavailable) as failure:
                _log.warning("%s can't be cleaned up yet: %s", action.key, failure)
                swept = False
        return swept

    @property
    def _namespaces(self) -> Namespaces:
        return Namespaces(self.settings.operator_namespace, self.settings.server_namespace)

    async def _act(self, action: Action) -> None:
        resource, key = CHILD_RESOURCES[action.key.kind], action.key
        _log.info("%s: %s", key, action.reason)
        match action:
            case Remove(uid=uid, version=version):
                await self.api.delete(resource, key.namespace, key.name, uid=uid, version=version)
                self.inventory.drop(key, uid)
            case Annotate():
                if labels.UNUSED_SINCE in action.annotations:
                    self._unused = self.clock.monotonic() + sweeping.UNUSED_FOR.total_seconds() + 1
                body = await self.api.merge(resource, key.namespace, key.name, action.patch)
                self.inventory.put(Child.read(body, self._namespaces, key.kind))
