"""The operator's work: looks at what is on the agenda, and writes what differs from the plan."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from certwright.reconcile.effects import Effects
from certwright.reconcile.profiles import directory_url
from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.metadata import ObjectKey
from certwright.resources.profile import CertificateProfile
from certwright.resources.validation import InvalidResource
from certwright_operator.api.port import API, KINDS, Refused, Unavailable
from certwright_operator.children.child import Child
from certwright_operator.children.places import ChildKind, Namespaces
from certwright_operator.knowledge import dependence
from certwright_operator.knowledge.objects import Change, Objects
from certwright_operator.knowledge.record import Record
from certwright_operator.reconciling.agenda import Agenda
from certwright_operator.reconciling.clock import Clock
from certwright_operator.reconciling.departures import SETTLING, Departures
from certwright_operator.reconciling.inventory import Inventory
from certwright_operator.reconciling.listing import Listing
from certwright_operator.reconciling.looking import Looking, Outcome
from certwright_operator.reconciling.meter import Herald, Meter
from certwright_operator.settings import Settings

MOST_AT_ONCE: Final = 100
"""Objects in one look."""

AGAIN: Final = 2.0
"""Seconds until the API server is asked again, which was away or showed that too much is gone."""

_PLURALS: Final[Mapping[str, Kind]] = {resource.plural: kind for kind, resource in KINDS.items()}
_CHILD_KINDS: Final = {"secrets": ChildKind.SECRET, "configmaps": ChildKind.CONFIG_MAP}

_log = logging.getLogger(__name__)


class Reconciler:
    """Holds the cluster to what the four kinds want. It belongs to one event loop.

    Args:
        api: The API server.
        settings: The settings.
        clock: The time.
        effects: Keys, randomness and serial numbers.
        meter: Counts.
        herald: Posts Events.
    """

    def __init__(
        self,
        api: API,
        settings: Settings,
        clock: Clock,
        effects: Effects,
        meter: Meter,
        herald: Herald,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._meter = meter
        self._namespaces = Namespaces(settings.operator_namespace, settings.server_namespace)
        self._objects = Objects()
        self._inventory = Inventory()
        self._agenda = Agenda()
        self._listing = Listing(api, settings, self._objects, self._inventory)
        self._departures = Departures(api, settings, self._objects, self._inventory, clock)
        self._looking = Looking(
            api, settings, self._objects, self._inventory, effects, clock, herald
        )
        self._woken = asyncio.Event()
        self._next_listing = 0.0
        self._started = False
        self.last_turn = clock.monotonic()

    @property
    def pending(self) -> int:
        """How many objects are to be looked at, now or later."""
        return len(self._agenda)

    @property
    def failing(self) -> int:
        """How many objects couldn't be written when they were last looked at."""
        return self._agenda.failing

    @property
    def frozen(self) -> str | None:
        """Why nothing is done; None if all is."""
        return self._departures.frozen

    @property
    def started(self) -> bool:
        """Whether everything has been read once."""
        return self._started

    @property
    def busy(self) -> bool:
        """Whether there is something to be done by now."""
        next_time = self._agenda.next_time
        due = next_time is not None and next_time <= self._clock.now()
        listing = self._clock.monotonic() >= self._next_listing
        return due or listing or self._departures.wait <= 0 or self.frozen is not None

    @property
    def sweeping_in(self) -> float:
        """Seconds until what is gone is cleaned up after; infinite if nothing is."""
        return self._departures.wait

    def counts(self) -> Mapping[tuple[Kind, bool], int]:
        """How many objects of each kind are ready, and how many aren't."""
        return self._looking.counts()

    def hostnames(self) -> frozenset[str] | None:
        """Hosts of their own that profiles have which are served; None while everything is gone.

        One that can't issue yet is served as well: clients are told why. One that was never valid
        is not.
        """
        if self.frozen is not None:
            return None
        return frozenset(
            record.hostname
            for record in self._objects.of_kind(Kind.PROFILE)
            if record.hostname is not None and self._is_served(record)
        )

    def directory_url(self, profile: ObjectKey) -> str | None:
        """Return a profile's directory URL; None if there is no such profile that can be used."""
        record = self._objects.record(ObjectId(Kind.PROFILE, profile))
        try:
            found = record.resource() if record is not None else None
        except InvalidResource:
            return None
        if not isinstance(found, CertificateProfile):
            return None
        return directory_url(self._settings.base_url, found)

    def seen(self, plural: str, type: str | None, body: Mapping[str, Any]) -> None:  # noqa: A002
        """Take in an event of a watch.

        Args:
            plural: Of the object's kind.
            type: ADDED, MODIFIED or DELETED; None for an object of the first list.
            body: The object.
        """
        deleted = type == "DELETED"
        if plural in _PLURALS:
            self._seen_object(_PLURALS[plural], body, deleted=deleted)
        elif plural in _CHILD_KINDS:
            self._seen_child(_CHILD_KINDS[plural], body, deleted=deleted)
        else:
            self._seen_namespace(body, deleted=deleted)

    async def start(self) -> None:
        """Read everything, however long the API server is away, and have all of it looked at."""
        while not await self._listed():
            await self._clock.sleep(AGAIN)
        self._started = True

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._pause()
            await self.turn()

    async def resync(self) -> None:
        """Read everything anew at the next turn."""
        self._next_listing = 0.0
        self._woken.set()

    async def turn(self) -> None:
        """Do what is on the agenda now: one look at the most."""
        self.last_turn = self._clock.monotonic()
        if self._clock.monotonic() >= self._next_listing and not await self._listed():
            return
        if self._departures.outstanding and not await self._attended():
            return
        begun, due = self._clock.monotonic(), self._agenda.take(MOST_AT_ONCE, self._clock.now())
        if not due:
            return
        self._note(await self._looking.look(due))
        self._meter.looked(len(due), self._clock.monotonic() - begun)

    def _is_served(self, profile: Record) -> bool:
        bundle = self._inventory.get(self._namespaces.profile(profile.id.key))
        return bundle is not None and bundle.source_uid == profile.uid

    def _note(self, outcome: Outcome) -> None:
        now = self._clock.now()
        for which, next_time in outcome.done.items():
            self._agenda.succeeded(which)
            if next_time is not None:
                self._agenda.mark((which,), next_time)
        for which in outcome.failed:
            self._agenda.failed(which, now)
            self._meter.failed(which.kind)

    def _seen_object(self, kind: Kind, body: Mapping[str, Any], *, deleted: bool) -> None:
        record = Record.of(kind, body)
        if deleted:
            concerned = dependence.after_change(self._objects, record.id)
            if self._objects.drop(record.id, record.uid, record.version):
                self._departures.note()
                self._mark(concerned, timedelta(seconds=SETTLING))
            return
        before = self._objects.record(record.id)
        change = self._objects.put(record)
        if change is Change.OBJECT and before is not None and before.uid != record.uid:
            # The end of the former one is told later, or never: what it left is to be swept.
            self._departures.note()
        if change is Change.STATUS:
            self._mark({record.id})
        elif change is Change.OBJECT:
            self._mark(dependence.after_change(self._objects, record.id))

    def _seen_child(self, kind: ChildKind, body: Mapping[str, Any], *, deleted: bool) -> None:
        child = Child.read(body, self._namespaces, kind)
        before = self._inventory.get(child.key)
        if deleted:
            news = self._inventory.drop(child.key, child.uid, child.version) is not None
        else:
            news = self._inventory.put(child)
        # Whoever changes a child's labels may have taken away what tells whose it is.
        owners = {each.owner for each in (before, child) if each is not None}
        for owner in owners if news else ():
            if owner is not None:
                self._mark(dependence.after_look(self._objects, owner))

    def _seen_namespace(self, body: Mapping[str, Any], *, deleted: bool) -> None:
        metadata = body["metadata"]
        name, version = metadata["name"], metadata.get("resourceVersion")
        news = (
            self._objects.drop_namespace(name, version)
            if deleted
            else self._objects.put_namespace(body)
        )
        if news:
            self._mark(dependence.after_namespace_change(self._objects, name))

    def _mark(self, objects: Iterable[ObjectId], after: timedelta = timedelta()) -> None:
        self._agenda.mark(objects, self._clock.now() + after)
        self._woken.set()

    async def _listed(self) -> bool:
        """Read everything, and have all of it looked at; tell whether that was possible."""
        self._next_listing = self._clock.monotonic() + AGAIN
        try:
            await self._listing.read()
        except (Refused, Unavailable) as failure:
            _log.warning("the cluster can't be read, and is tried again: %s", failure)
            return False
        self._next_listing = self._clock.monotonic() + self._settings.resync.total_seconds()
        self._departures.note()
        self._mark(self._objects)
        return True

    async def _attended(self) -> bool:
        """See to what is gone; tell whether work may go on."""
        try:
            if await self._departures.attend():
                return True
        except (Refused, Unavailable) as failure:
            _log.warning("what is gone can't be cleaned up after yet: %s", failure)
        await self._clock.sleep(AGAIN)
        return False

    async def _pause(self) -> None:
        """Wait for news, or until something is due."""
        self._woken.clear()
        now, next_time = self._clock.now(), self._agenda.next_time
        until_listing = self._next_listing - self._clock.monotonic()
        until_due = until_listing if next_time is None else (next_time - now).total_seconds()
        seconds = min(until_listing, until_due, self._departures.wait)
        if seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self._woken.wait()
            except TimeoutError:
                pass
