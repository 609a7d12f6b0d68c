"""A folder of documents as the source of profiles and credentials, reconciled in this process.

Documents are admitted as an API server would, planned, applied to what keeps their objects, and
only then served. Whatever goes wrong on the way leaves what was in force before.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from acme_server.ports import Clock
from acme_server.sources.admission import Admission
from acme_server.sources.held_edits import HeldEdits
from acme_server.sources.loading import load
from acme_server.sources.losses import loss
from acme_server.sources.snapshot import Snapshot
from acme_server.sources.watching import Watch
from certwright.bundles.credential import CredentialInForce
from certwright.bundles.document import BundleRefused
from certwright.bundles.profile import ProfileInForce
from certwright.reconcile.effects import Effects
from certwright.reconcile.existing import Existing
from certwright.reconcile.plan import Plan, make_plan
from certwright.reconcile.steps import Step, StoreTenantSecret
from certwright.reconcile.verdicts import Verdict
from certwright.reconcile.world import ObjectId, World
from certwright.resources.collection import Resources
from certwright.resources.errors import Place, ResourceError
from certwright.resources.folder import LoadedFolder
from certwright.resources.metadata import ObjectKey

_log = logging.getLogger(__name__)

INTERVAL: Final = 1.0
"""Seconds between two looks at the folder."""

_LONGEST_PAUSE: Final = timedelta(minutes=10)
"""After which everything is planned again, whatever has been noticed: files may have been lost."""


class FolderBroken(Exception):
    """Documents can't be used.

    Attributes:
        errors: Everything that is wrong with them.
    """

    def __init__(self, errors: tuple[ResourceError, ...]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = errors


class KeepingFailed(Exception):
    """What keeps the objects couldn't be read or written; the sentence says what and why."""


class Keeper(Protocol):
    """What keeps keys, secrets and statuses."""

    @property
    def name(self) -> str:
        """Where it keeps them, for people."""
        ...

    def existing(self) -> Existing:
        """Return what exists now; raise `KeepingFailed`."""
        ...

    def apply(self, world: World, steps: Iterable[Step]) -> None:
        """Write the objects of `world`, then steps in their order; raise `KeepingFailed`."""
        ...

    def keep_errors(self, errors: tuple[str, ...]) -> None:
        """Keep what is wrong with documents that aren't in force; raise `KeepingFailed`.

        None means that all are in force.
        """
        ...


class FolderSource:
    """Profiles and credentials of a folder; implements `acme_server.ports.Bundles`.

    Args:
        folder: Holds the documents.
        keeper: Keeps what comes of them.
        effects: Keys, randomness and serial numbers.
        clock: The time.
        base_url: Scheme and authority of the server's URLs.
    """

    def __init__(
        self, folder: Path, keeper: Keeper, effects: Effects, clock: Clock, base_url: str
    ) -> None:
        self._folder = folder
        self._keeper = keeper
        self._effects = effects
        self._clock = clock
        self._base_url = base_url
        self._watch = Watch(folder)
        self._documents = LoadedFolder(Resources(), (), (), {})
        self._snapshot = Snapshot()
        self._edits = HeldEdits(self._keep_errors)
        self._told: dict[ObjectId, Verdict | str] = {}
        self._planned: datetime | None = None
        self._again: datetime | None = None

    async def start(self) -> None:
        """Load the folder and put it into force.

        Raises:
            FolderBroken: Some document can't be used.
            KeepingFailed: What comes of them can't be kept.
        """
        await asyncio.to_thread(self._start)

    async def run(self) -> None:
        """Go on looking, until cancelled."""
        while True:
            await self._clock.sleep(INTERVAL)
            await self.look()

    async def look(self) -> None:
        """Look once: put edited documents into force, and what time alone has changed."""
        await asyncio.to_thread(self._look)

    def require_current(self) -> None:
        """Return: the folder is looked at by this very process."""

    async def profile(self, namespace: str, name: str) -> ProfileInForce | None:
        """Return a profile as it is in force now, or None when nobody has written one."""
        found = self._snapshot.profiles.get(ObjectKey(namespace, name))
        return None if found is None else found.in_force

    async def credential(self, key_identifier: str) -> CredentialInForce | None:
        """Return the credential of a KID (`NAMESPACE.NAME`), or None."""
        found = self._snapshot.credentials.get(key_identifier)
        return None if found is None else found.in_force

    @property
    def profiles(self) -> tuple[ProfileInForce, ...]:
        """All profiles in force, by namespace and name."""
        return tuple(found.in_force for _, found in sorted(self._snapshot.profiles.items()))

    @property
    def hostnames(self) -> frozenset[str]:
        """The hosts that profiles have of their own."""
        return frozenset(found.hostname for found in self.profiles if found.hostname is not None)

    def _start(self) -> None:
        self._watch.changed()
        loaded = load(self._folder)
        if loaded.errors:
            raise FolderBroken(loaded.errors)
        self._warn(loaded)
        self._reconcile(loaded)
        self._edits.in_force()

    def _look(self) -> None:
        if self._watch.changed():
            loaded = load(self._folder)
            self._warn(loaded)
            self._edits.read(loaded.errors)
            if not loaded.errors:
                self._try(loaded)
        elif self._is_time():
            self._try(self._documents)

    def _is_time(self) -> bool:
        """Tell whether to plan again; also where the clock was set back, and all waits would."""
        if self._again is None or self._planned is None:
            return True
        return not self._planned <= self._clock.now() < self._again

    def _try(self, documents: LoadedFolder) -> None:
        """Reconcile; what fails is tried again at the next look, and told once."""
        self._documents = documents
        self._again = None
        try:
            self._reconcile(documents)
        except FolderBroken as broken:
            self._edits.failed(broken, broken.errors)
        except KeepingFailed as failure:
            self._edits.failed(failure)
        else:
            self._edits.in_force()

    def _keep_errors(self, errors: tuple[str, ...]) -> None:
        try:
            self._keeper.keep_errors(errors)
        except KeepingFailed as failure:
            _log.error("what is wrong with the documents can't be kept: %s", failure)

    def _reconcile(self, documents: LoadedFolder) -> None:
        now = self._clock.now()
        existing = self._keeper.existing()
        self._check_nothing_lost(existing)
        admission = Admission(existing.objects, self._new_uid, now, documents.places)
        world = admission.admit(documents.resources)
        self._check_not_emptied(world, existing)
        plan = make_plan(world, existing, self._effects, self._base_url, now)
        try:
            snapshot = self._snapshot.following(plan)
        except BundleRefused as refused:
            raise self._broken(str(refused)) from None
        self._keeper.apply(world, self._put_into_force(plan, snapshot))
        self._documents = documents
        self._planned, latest = now, now + _LONGEST_PAUSE
        self._again = latest if plan.next_time is None else min(latest, plan.next_time)
        self._tell(world, plan)

    def _put_into_force(self, plan: Plan, snapshot: Snapshot) -> Iterator[Step]:
        """Yield what is to be kept; once it is, it is in force; only then secrets are handed out.

        Whoever reads a new secret the moment it is there must be let in by it.
        """
        steps = tuple(plan.steps)
        yield from (step for step in steps if not isinstance(step, StoreTenantSecret))
        self._snapshot = snapshot
        yield from (step for step in steps if isinstance(step, StoreTenantSecret))

    def _check_nothing_lost(self, existing: Existing) -> None:
        """Refuse to go on where that would make keys and secrets a second time."""
        lost = loss(existing, in_force=bool(self._told))
        if lost is not None:
            raise KeepingFailed(f"the data folder {self._keeper.name} {lost}")

    def _check_not_emptied(self, world: World, existing: Existing) -> None:
        """Take a folder without any document for a mistake: an unmounted one looks like that."""
        if existing.objects and not any(True for _ in world.objects):
            raise self._broken(
                f"holds no document of Certwright any more, and {len(existing.objects)} objects "
                "would be removed; to start anew choose another data folder"
            )

    def _broken(self, message: str) -> FolderBroken:
        return FolderBroken((ResourceError(Place(str(self._folder)), message),))

    def _new_uid(self) -> str:
        return self._effects.random_bytes(16).hex()

    def _warn(self, loaded: LoadedFolder) -> None:
        for warning in loaded.warnings:
            _log.warning("%s", warning)
        if not loaded.places:
            _log.warning("%s holds no documents: nothing is served", self._folder)

    def _tell(self, world: World, plan: Plan) -> None:
        for whose, event in plan.events:
            level = logging.WARNING if event.warning else logging.INFO
            _log.log(level, "%s: %s", whose, event.message)
        told: dict[ObjectId, Verdict | str] = {**plan.verdicts, **world.refused_edits}
        for whose, what in told.items():
            if self._told.get(whose) == what:
                continue
            if isinstance(what, str):
                _log.error("%s: %s", whose, what)
            elif not what.ready:
                _log.warning("%s is not ready: %s: %s", whose, what.reason, what.message)
            elif whose in self._told:
                _log.info("%s is ready: %s", whose, what.message)
        self._told = told
