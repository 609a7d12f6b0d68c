"""Reading everything anew: what no event told, and what is gone without one."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from certwright.reconcile.world import Kind, ObjectId
from certwright_operator.api.port import (
    API,
    CONFIG_MAPS,
    KINDS,
    NAMESPACES,
    SECRETS,
    Forbidden,
    NotServed,
)
from certwright_operator.children import labels
from certwright_operator.children.child import Child
from certwright_operator.children.places import ChildKey, ChildKind, Namespaces
from certwright_operator.knowledge.objects import Objects
from certwright_operator.knowledge.record import Record
from certwright_operator.reconciling.inventory import Inventory
from certwright_operator.settings import Settings

_OURS = f"{labels.MANAGED_BY}={labels.MANAGER}"
_log = logging.getLogger(__name__)
_CHILDREN = {ChildKind.SECRET: SECRETS, ChildKind.CONFIG_MAP: CONFIG_MAPS}


@dataclass(frozen=True, slots=True)
class Listing:
    """Reads everything there is into what is known.

    Args:
        api: The API server.
        settings: Which namespaces can be read.
        objects: What is known of objects.
        inventory: What is known of children.
    """

    api: API
    settings: Settings
    objects: Objects
    inventory: Inventory
    namespaces: Namespaces = field(init=False)

    def __post_init__(self) -> None:
        ours = Namespaces(self.settings.operator_namespace, self.settings.server_namespace)
        object.__setattr__(self, "namespaces", ours)

    async def read(self) -> frozenset[Kind]:
        """Read everything; return the kinds that aren't served, of which nothing is forgotten.

        Raises:
            Refused, Unavailable: Something can't be read.
        """
        await self._read_namespaces()
        unserved = frozenset([kind for kind in Kind if not await self._read_kind(kind)])
        for namespace in self._watched():
            for kind in ChildKind:
                if kind is ChildKind.SECRET or namespace == self.settings.server_namespace:
                    await self._read_within_reach(kind, namespace)
        self.objects.forget_ended()
        self.inventory.forget_ended()
        return unserved

    def _watched(self) -> Iterator[str]:
        yield self.settings.operator_namespace
        yield self.settings.server_namespace
        yield from sorted(self.settings.tenant_secrets.namespaces)

    async def _read_namespaces(self) -> None:
        gone = set(self.objects.namespaces)
        async for body in self.api.pages(NAMESPACES, None):
            self.objects.put_namespace(body)
            gone.discard(body["metadata"]["name"])
        for name in gone:
            self.objects.drop_namespace(name)

    async def _read_kind(self, kind: Kind) -> bool:
        # Only what was known before can be found gone: what is new since may be in no page.
        before = {record.id: record.uid for record in self.objects.of_kind(kind)}
        seen: set[ObjectId] = set()
        try:
            async for body in self.api.pages(KINDS[kind], None):
                record = Record.of(kind, body)
                self.objects.put(record)
                seen.add(record.id)
        except NotServed:
            return False
        for which in before.keys() - seen:
            self.objects.drop(which, before[which])
        return True

    async def _read_within_reach(self, kind: ChildKind, namespace: str) -> None:
        """Read children; a tenant's namespace that can't be is no reason to do nothing at all.

        Its role may not be there yet, or went with it. Its credentials tell who is to act.
        """
        try:
            await self._read_children(kind, namespace)
        except Forbidden as forbidden:
            if namespace not in self.settings.tenant_secrets.namespaces:
                raise
            _log.warning("namespace %s is left out: %s", namespace, forbidden)

    async def _read_children(self, kind: ChildKind, namespace: str) -> None:
        before = {
            child.key: child.uid
            for child in self.inventory
            if (child.key.kind, child.key.namespace) == (kind, namespace)
        }
        seen: set[ChildKey] = set()
        async for body in self.api.pages(_CHILDREN[kind], namespace, _OURS):
            child = Child.read(body, self.namespaces, kind)
            self.inventory.put(child)
            seen.add(child.key)
        for key in before.keys() - seen:
            self.inventory.drop(key, before[key])
