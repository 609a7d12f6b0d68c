"""Writing what a look planned, step by step in its order; what is so already costs nothing."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from certwright.reconcile.steps import (
    RemoveTrust,
    Step,
    StoreCertificates,
    StoreSigner,
    StoreStatus,
    StoreTenantSecret,
)
from certwright_operator.api.port import (
    API,
    CONFIG_MAPS,
    SECRETS,
    AlreadyExists,
    Conflict,
    NotFound,
)
from certwright_operator.children.child import Child
from certwright_operator.children.origins import Origin, origin_of
from certwright_operator.children.places import ChildKey, ChildKind, Namespaces
from certwright_operator.children.retaining import restated
from certwright_operator.children.steps import ChildStep, KeyNotThere, wanted
from certwright_operator.children.wanted import Wanted, Write
from certwright_operator.reconciling.borrowed import Borrowed
from certwright_operator.reconciling.inventory import Inventory
from certwright_operator.reconciling.planning import Look
from certwright_operator.reconciling.scope import Scope
from certwright_operator.reconciling.statuses import Statuses

CHILD_RESOURCES: Final = {ChildKind.SECRET: SECRETS, ChildKind.CONFIG_MAP: CONFIG_MAPS}


class NotWritten(Exception):
    """A child isn't as it should be, and the rest of its object's writes have to wait for it."""


class Overtaken(NotWritten):
    """Somebody else has written meanwhile; with what that was, planning comes to another end."""


class Blocked(NotWritten):
    """Somebody else's object is in the way, which only a person can move."""


@dataclass(frozen=True, slots=True)
class Applying:
    """Writes steps. What the API server answers is taken in at once, so its echo is no news.

    Args:
        api: The API server.
        namespaces: Our own.
        inventory: What is known of children.
        statuses: Writes those.
        signing: Held while a signer is written.
    """

    api: API
    namespaces: Namespaces
    inventory: Inventory
    statuses: Statuses
    signing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def apply(self, look: Look, found: Scope, borrowed: Borrowed) -> None:
        """Write the steps of a look in their order; the first that can't be written ends it.

        Raises:
            NotWritten: A child isn't as it should be.
            Refused, Unavailable: The API server can't or won't.
        """
        await self._restate(look, found)
        for step in look.steps:
            match step:
                case StoreStatus(_, status):
                    await self.statuses.write(look.resource, status)
                case RemoveTrust(owner):
                    await self._remove(self.namespaces.trust(owner))
                case _:
                    await self._store(step, look, found, borrowed)

    async def _restate(self, look: Look, found: Scope) -> None:
        """Have keys remember what becomes of them after their object, whatever that does now."""
        origin = Origin.of(look.resource, found.world_of(look.id))
        for child in tuple(self.inventory.of((look.id,))):
            action = restated(child, origin)
            if action is not None:
                resource, key = CHILD_RESOURCES[child.key.kind], child.key
                body = await self.api.merge(resource, key.namespace, key.name, action.patch)
                self.inventory.put(Child.read(body, self.namespaces, key.kind))

    async def _store(self, step: Step, look: Look, found: Scope, borrowed: Borrowed) -> None:
        if not isinstance(step, ChildStep):
            raise TypeError(f"no look has a step of type {type(step).__name__}")
        origin = origin_of(step, look.resource, found.world_of(look.id))
        try:
            child = wanted(step, self.namespaces, origin, self._key(step))
        except KeyNotThere as missing:
            raise Overtaken(str(missing)) from None
        if isinstance(step, StoreTenantSecret):
            await self._write(child, borrowed.tenants.get(step.secret))
        elif isinstance(step, StoreSigner):
            # Profiles that are written for at the same time may share it.
            async with self.signing:
                await self._write(child, self.inventory.get(child.key))
        else:
            await self._write(child, self.inventory.get(child.key))

    def _key(self, step: ChildStep) -> Child | None:
        """Return the Secret with the private key that a step puts certificates beside."""
        if not isinstance(step, StoreCertificates):
            return None
        return self.inventory.get(self.namespaces.key(step.signer))

    async def _write(self, child: Wanted, present: Child | None) -> None:
        try:
            match child.write(present):
                case Write.NOTHING:
                    return
                case Write.CREATE:
                    await self._create(child)
                case Write.REPLACE if present is not None:
                    await self._replace(child, present)
                case Write.CREATE_ANEW:
                    await self._remove(child.key)
                    await self._create(child)
                case Write.THERE:
                    raise Overtaken(f"{child.key} is there already")
                case _:
                    raise _in_the_way(child.key)
        except (AlreadyExists, Conflict, NotFound) as refused:
            await self._read(child.key)
            raise Overtaken(f"{child.key} has changed: {refused}") from None

    async def _create(self, child: Wanted) -> None:
        resource = CHILD_RESOURCES[child.key.kind]
        body = await self.api.create(resource, child.key.namespace, child.manifest())
        self.inventory.put(Child.read(body, self.namespaces, child.key.kind))

    async def _replace(self, child: Wanted, present: Child) -> None:
        resource, key = CHILD_RESOURCES[child.key.kind], child.key
        write = self.api.apply if child.shared else self.api.replace
        body = await write(resource, key.namespace, key.name, child.manifest(present))
        self.inventory.put(Child.read(body, self.namespaces, key.kind))

    async def _remove(self, key: ChildKey) -> None:
        present = self.inventory.get(key)
        if present is None or not present.is_ours:
            return
        resource = CHILD_RESOURCES[key.kind]
        await self.api.delete(
            resource, key.namespace, key.name, uid=present.uid, version=present.version
        )
        self.inventory.drop(key, present.uid)

    async def _read(self, key: ChildKey) -> None:
        """Take in what is there now in one of our own namespaces."""
        if key.namespace not in (self.namespaces.operator, self.namespaces.server):
            return
        try:
            body = await self.api.get(CHILD_RESOURCES[key.kind], key.namespace, key.name)
        except NotFound:
            self.inventory.drop(key)
            return
        child = Child.read(body, self.namespaces, key.kind)
        if not child.is_ours:
            # It isn't kept: no watch would tell of its end.
            self.inventory.drop(key)
            raise _in_the_way(key)
        self.inventory.put(child)


def _in_the_way(key: ChildKey) -> Blocked:
    return Blocked(
        f"{key} is in the way and is left alone: it is somebody else's, or was made immutable; "
        "remove it or give it another name"
    )
