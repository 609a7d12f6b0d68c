"""One look at some objects: read what only can be read live, plan, write."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Final

from certwright.reconcile.effects import Effects
from certwright.reconcile.events import Event
from certwright.reconcile.existing import Existing
from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.credential import EABCredential
from certwright.resources.kinds import AnyResource
from certwright.resources.profile import CertificateProfile
from certwright_operator.api.port import (
    API,
    NAMESPACES,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    Unavailable,
)
from certwright_operator.children.existing import existing
from certwright_operator.children.places import Namespaces
from certwright_operator.children.roles import Role
from certwright_operator.knowledge.dependence import above
from certwright_operator.knowledge.objects import Objects
from certwright_operator.reconciling.applying import Applying, Blocked, NotWritten
from certwright_operator.reconciling.borrowed import Borrowed, Borrowing
from certwright_operator.reconciling.clock import Clock
from certwright_operator.reconciling.inventory import Inventory
from certwright_operator.reconciling.meter import Herald
from certwright_operator.reconciling.mishaps import described
from certwright_operator.reconciling.planning import Look, Planner
from certwright_operator.reconciling.scope import Scope, scope
from certwright_operator.reconciling.statuses import Statuses
from certwright_operator.settings import Settings

WRITING_AT_ONCE: Final = 8
"""Objects of one kind that are written for at a time; authorities go one after the other."""

_TOLD: Final = (Blocked, Forbidden, Invalid)
"""What keeps something from being written until a person acts: an Event tells of it."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Outcome:
    """What came of a look.

    Args:
        done: When each object has to be looked at again; None if only a change makes it so.
        failed: Those that something couldn't be written for, each with why.
    """

    done: dict[ObjectId, datetime | None] = field(default_factory=dict)
    failed: dict[ObjectId, str] = field(default_factory=dict)


class Looking:
    """Looks at objects. What it writes it also takes in, so that the echo is no news."""

    def __init__(
        self,
        api: API,
        settings: Settings,
        objects: Objects,
        inventory: Inventory,
        effects: Effects,
        clock: Clock,
        herald: Herald,
    ) -> None:
        self._api = api
        self._objects = objects
        self._inventory = inventory
        self._clock = clock
        self._herald = herald
        self._namespaces = Namespaces(settings.operator_namespace, settings.server_namespace)
        self._borrowing = Borrowing(api, self._namespaces)
        self._planner = Planner(objects, effects, settings.base_url, self._is_served)
        statuses = Statuses(api, objects)
        self._applying = Applying(api, self._namespaces, inventory, statuses)
        self._ready: dict[ObjectId, bool] = {}

    def counts(self) -> Mapping[tuple[Kind, bool], int]:
        """How many objects of each kind are ready, and how many aren't."""
        known = ((which, ready) for which, ready in self._ready.items() if which in self._objects)
        return Counter((which.kind, ready) for which, ready in known)

    async def look(self, due: Collection[ObjectId]) -> Outcome:
        """Look at objects; those that are gone have nothing written for them."""
        outcome = Outcome()
        for which in due:
            if which not in self._objects:
                self._ready.pop(which, None)
                outcome.done[which] = None
        await self._look(due, outcome)
        for which, why in outcome.failed.items():
            _log.warning("%s isn't up to date, and is tried again: %s", which, why)
        return outcome

    async def _look(self, due: Collection[ObjectId], outcome: Outcome) -> None:
        """Look at objects together, or where planning fails for one of them, at each alone."""
        try:
            await self._know_namespaces(due)
            found = scope(self._objects, due)
            borrowed = await self._borrowing.read(found.resources)
            looks = await self._plan(found, borrowed)
        except (Refused, Unavailable) as failure:
            outcome.failed |= dict.fromkeys(due, str(failure))
        except Exception as mishap:  # noqa: BLE001 - one object must not stop all others
            if len(due) == 1:
                outcome.failed |= dict.fromkeys(due, described(mishap))
                return
            for each in due:
                await self._look((each,), outcome)
        else:
            await self._carry_out(looks, found, borrowed, outcome)

    async def _know_namespaces(self, due: Collection[ObjectId]) -> None:
        """Read the namespaces that no event has told of yet: an object's may come before its own.

        A key remembers the namespace that it is made in. One that a former object left is taken
        over only in the same: that is asked, for news of a later one may be on the way.

        Raises:
            Unavailable: A namespace has been made anew, and no event has told of it.
        """
        for name in self._leaving_keys(due):
            known = self._objects.namespaces.get(name)
            live = await self._api.get(NAMESPACES, None, name) if known is not None else None
            if known and live and live["metadata"]["uid"] != known.metadata.uid:
                raise Unavailable(f"namespace {name} has been made anew, and news of it is awaited")
        for name in sorted({each.key.namespace for each in due} - self._objects.namespaces.keys()):
            try:
                self._objects.put_namespace(await self._api.get(NAMESPACES, None, name))
            except NotFound:
                _log.info("namespace %s is gone", name)

    def _leaving_keys(self, due: Collection[ObjectId]) -> list[str]:
        """Return the namespaces where keys of former objects wait to be taken over."""
        looked_at = {*due, *(each for found in due for each in above(self._objects, found))}
        return sorted(
            {
                which.key.namespace
                for which in looked_at
                if (record := self._objects.record(which)) is not None
                for child in self._inventory.of((which,))
                if child.role is Role.KEY and child.source_uid not in (None, record.uid)
            }
        )

    async def _plan(self, found: Scope, borrowed: Borrowed) -> tuple[Look, ...]:
        now = self._clock.now()
        exists = self._existing(found, borrowed)
        # An RSA key takes a second to make: the Lease must be renewed meanwhile.
        return await asyncio.to_thread(self._planner.plan, found, exists, borrowed.unreachable, now)

    async def _carry_out(
        self, looks: Iterable[Look], found: Scope, borrowed: Borrowed, outcome: Outcome
    ) -> None:
        for kind, of_kind in groupby(looks, lambda each: each.id.kind):
            at_once = 1 if kind is Kind.AUTHORITY else WRITING_AT_ONCE
            limit = asyncio.Semaphore(at_once)
            await asyncio.gather(
                *(self._write(each, found, borrowed, outcome, limit) for each in of_kind)
            )

    def _existing(self, found: Scope, borrowed: Borrowed) -> Existing:
        owners = {*found.planned, *map(ObjectId.of, found.issuing.objects)}
        children = tuple(self._inventory.of(owners))
        return existing(children, found.issuing, found.binding, borrowed.imported, borrowed.tenants)

    async def _write(
        self,
        look: Look,
        found: Scope,
        borrowed: Borrowed,
        outcome: Outcome,
        limit: asyncio.Semaphore,
    ) -> None:
        async with limit:
            missing = outcome.failed.keys() & set(above(self._objects, look.id))
            try:
                if missing and not self._stands_alone(look.resource):
                    # What it would refer to isn't there: a signer whose key isn't durable, say.
                    raise Unavailable(f"{min(missing)} isn't up to date")
                if (unread := borrowed.missing(look.resource)) is not None:
                    raise Unavailable(unread)
                await self._applying.apply(look, found, borrowed)
            except (Refused, Unavailable, NotWritten) as failure:
                outcome.failed[look.id] = str(failure)
                if isinstance(failure, _TOLD):
                    await self._herald.tell(look.resource, Event(str(failure), warning=True))
                return
            except Exception as mishap:  # noqa: BLE001 - one object must not stop all others
                outcome.failed[look.id] = described(mishap)
                return
        self._ready[look.id] = look.ready
        if look.waiting is not None:
            outcome.failed[look.id] = look.waiting
            return
        outcome.done[look.id] = look.next_time
        for event in look.news:
            await self._herald.tell(look.resource, event)

    def _stands_alone(self, resource: AnyResource) -> bool:
        """Tell whether an object is written though what it stands on couldn't be.

        A credential is, once its profile is served: to suspend it waits for nobody.
        """
        if not isinstance(resource, EABCredential):
            return False
        profile = resource.spec.profile_ref.key(resource.metadata.namespace)
        return self._inventory.get(self._namespaces.profile(profile)) is not None

    def _is_served(self, resource: AnyResource) -> bool:
        match resource:
            case CertificateProfile():
                child = self._inventory.get(self._namespaces.profile(resource.key))
            case EABCredential():
                child = self._inventory.get(self._namespaces.credential(resource.key))
            case _:
                child = None
        return child is not None and child.source_uid == resource.metadata.uid
