"""Reading and writing the few objects of the server's TLS."""

from collections.abc import Mapping
from typing import Final

from certwright_operator.api.port import API, CONFIG_MAPS, SECRETS, NotFound, Resource
from certwright_operator.children.child import Child
from certwright_operator.children.places import ChildKey, ChildKind, Namespaces
from certwright_operator.children.wanted import Wanted, Write

RESOURCES: Final[Mapping[ChildKind, Resource]] = {
    ChildKind.SECRET: SECRETS,
    ChildKind.CONFIG_MAP: CONFIG_MAPS,
}
"""The resources of the two kinds."""


class InTheWay(Exception):
    """Somebody else's object has the name of ours, or ours was made immutable."""

    def __init__(self, key: ChildKey) -> None:
        super().__init__(
            f"{key} is in the way and is left alone: it is somebody else's, or was made immutable; "
            "remove it"
        )


class Store:
    """Reads objects live, and writes them at the version that was read.

    Args:
        api: The API server.
        namespaces: Our own.
    """

    def __init__(self, api: API, namespaces: Namespaces) -> None:
        self._api = api
        self._namespaces = namespaces

    async def read(self, key: ChildKey) -> Child | None:
        """Return an object, somebody else's too; None if there is none.

        Raises:
            Refused, Unavailable: It can't be read.
        """
        try:
            found = await self._api.get(RESOURCES[key.kind], key.namespace, key.name)
        except NotFound:
            return None
        return Child.read(found, self._namespaces, key.kind)

    async def write(self, wanted: Wanted, present: Child | None) -> Child:
        """Make an object as it is wanted, and return it.

        Args:
            wanted: The object.
            present: The one that is there, as it was read; None if there was none.

        Raises:
            InTheWay: It isn't to be touched.
            Conflict, AlreadyExists: Somebody else has written meanwhile.
            Refused, Unavailable: It can't be written.
        """
        key, resource = wanted.key, RESOURCES[wanted.key.kind]
        body = None
        match wanted.write(present):
            case Write.CREATE:
                body = await self._api.create(resource, key.namespace, wanted.manifest())
            case Write.CREATE_ANEW if present is not None:
                await self.remove(present)
                body = await self._api.create(resource, key.namespace, wanted.manifest())
            case Write.REPLACE:
                manifest = wanted.manifest(present)
                body = await self._api.replace(resource, key.namespace, key.name, manifest)
            case Write.NOTHING if present is not None:
                return present
        if body is None:
            raise InTheWay(key)
        return Child.read(body, self._namespaces, key.kind)

    async def remove(self, present: Child) -> None:
        """Delete an object, if it is still as it was read.

        Raises:
            Conflict: It isn't.
            Refused, Unavailable: It can't be deleted.
        """
        key = present.key
        await self._api.delete(
            RESOURCES[key.kind], key.namespace, key.name, uid=present.uid, version=present.version
        )
