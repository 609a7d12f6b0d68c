"""Secrets in namespaces of others, read live: those of tenants, and those of imported authorities.

Where the operator may write Secrets everywhere it can list them nowhere, so each is asked for by
name. Their content is never taken for truth: a tenant's Secret is a copy, and says only whose it
is; an imported authority's is what it is at the moment of the look.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from certwright.reconcile.existing import ImportedSecret
from certwright.reconcile.imported_authorities import imported_secrets
from certwright.resources.collection import Resources
from certwright.resources.credential import EABCredential
from certwright.resources.kinds import AnyResource
from certwright.resources.metadata import ObjectKey
from certwright_operator.api.port import API, SECRETS, Forbidden, NotFound, Refused, Unavailable
from certwright_operator.children import labels
from certwright_operator.children.child import Child
from certwright_operator.children.places import ChildKind, Namespaces

_Answer: TypeAlias = Child | Refused | Unavailable | None

AT_ONCE = 16
"""Secrets that are asked for at a time."""


@dataclass(frozen=True, slots=True)
class Borrowed:
    """The Secrets of others, as they are now.

    Args:
        tenants: Those that credentials name, by namespace and name.
        imported: Those that imported authorities are read from.
        unreachable: Those that the operator's roles don't let it read.
        unread: Those that couldn't be read for now, with why: nothing is known of them.
    """

    tenants: Mapping[ObjectKey, Child]
    imported: Mapping[ObjectKey, ImportedSecret]
    unreachable: frozenset[ObjectKey]
    unread: Mapping[ObjectKey, str]

    def missing(self, resource: AnyResource) -> str | None:
        """Tell why an object's Secrets couldn't be read; None if they were."""
        return next((self.unread[key] for key in _secrets(resource) if key in self.unread), None)


@dataclass(frozen=True, slots=True)
class Borrowing:
    """Reads Secrets of others.

    Args:
        api: The API server.
        namespaces: Our own, where no tenant's Secret can be.
    """

    api: API
    namespaces: Namespaces

    async def read(self, resources: Iterable[AnyResource]) -> Borrowed:
        """Read the Secrets that objects name; one that can't be read keeps nobody else's."""
        resources = tuple(resources)
        tenants = {key for each in resources for key in _tenant_secrets(each)}
        imported = imported_secrets(Resources.of(resources))
        wanted = sorted(tenants | imported)
        limit = asyncio.Semaphore(AT_ONCE)
        found = await asyncio.gather(*(self._read(key, limit) for key in wanted))
        read = dict(zip(wanted, found, strict=True))
        children = {key: each for key, each in read.items() if isinstance(each, Child)}
        return Borrowed(
            {key: children[key] for key in tenants & children.keys()},
            {key: _content(children[key]) for key in imported & children.keys()},
            frozenset(key for key, each in read.items() if isinstance(each, Forbidden)),
            {key: str(each) for key, each in read.items() if _is_passing(each)},
        )

    async def _read(self, key: ObjectKey, limit: asyncio.Semaphore) -> _Answer:
        async with limit:
            try:
                body = await self.api.get(SECRETS, key.namespace, key.name)
            except NotFound:
                return None
            except (Refused, Unavailable) as failure:
                return failure
        return Child.read(body, self.namespaces, ChildKind.SECRET)


def _is_passing(answer: _Answer) -> bool:
    return isinstance(answer, Refused | Unavailable) and not isinstance(answer, Forbidden)


def _secrets(resource: AnyResource) -> Iterable[ObjectKey]:
    return {*_tenant_secrets(resource), *imported_secrets(Resources.of((resource,)))}


def _tenant_secrets(resource: AnyResource) -> Iterable[ObjectKey]:
    if not isinstance(resource, EABCredential):
        return ()
    return (ObjectKey(resource.metadata.namespace, resource.secret_name),)


def _content(child: Child) -> ImportedSecret:
    def text(name: str) -> str | None:
        found = child.data.get(name)
        return None if found is None else found.decode("utf-8", "replace")

    return ImportedSecret(certificate=text(labels.CERTIFICATES_DATA), key=text(labels.KEY_DATA))
