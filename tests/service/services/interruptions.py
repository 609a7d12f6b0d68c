"""Ways to let something happen in the middle of a request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from acme_server.domain.documents.document import Kind
from acme_server.domain.problems import ACMEError
from acme_server.ports import Record, Selection, Store, Stored
from acme_server.protocol.replies import Reply
from tests.service.services.client import Client
from tests.service.services.world import World, credential

NAME = "web.team-a.acme.test"
OTHER_KID = "team-a.other"
NEW_SECRET = bytes(range(32, 64))

Meanwhile = Callable[[], Awaitable[object]]


class InterruptedStore:
    """A `Store` around another one that lets something else happen just before a chosen verb.

    `before(verb, kind, meanwhile)` waits for the next such verb, once; `skip` lets some pass first.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._planned: list[tuple[str, Kind, int, Meanwhile]] = []

    def before(self, verb: str, kind: Kind, meanwhile: Meanwhile, skip: int = 0) -> None:
        self._planned.append((verb, kind, skip, meanwhile))

    async def get(self, kind: Kind, id: str) -> Stored | None:  # noqa: A002
        await self._interrupt("get", kind)
        return await self.store.get(kind, id)

    async def create(self, record: Record) -> str:
        await self._interrupt("create", record.kind)
        return await self.store.create(record)

    async def replace(self, record: Record, version: str) -> str:
        await self._interrupt("replace", record.kind)
        return await self.store.replace(record, version)

    async def delete(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
        await self.store.delete(kind, id, version)

    async def scan(self, selection: Selection) -> AsyncIterator[Stored]:
        async for stored in self.store.scan(selection):
            yield stored

    async def _interrupt(self, verb: str, kind: Kind) -> None:
        for at, (planned_verb, planned_kind, skip, meanwhile) in enumerate(self._planned):
            if (planned_verb, planned_kind) != (verb, kind):
                continue
            if skip:
                self._planned[at] = (verb, kind, skip - 1, meanwhile)
                return
            del self._planned[at]
            await meanwhile()
            return


def interrupted(world: World, *clients: Client) -> InterruptedStore:
    """Put a store that can be interrupted under the server, and move the clients to it."""
    store = InterruptedStore(world.store)
    world.store = store
    world.start()
    for client in clients:
        client.dispatcher = world.dispatcher
    return store


def bind_other(world: World, **changes: Any) -> None:
    """Put a second credential of the same namespace in force, under a grant of its own."""
    members: dict[str, Any] = {"name": "other", "uid": "credential-9", "grant": "others"}
    world.bundles.credentials[OTHER_KID] = credential(**(members | changes))


async def outcome(doing: Awaitable[Reply]) -> Reply | ACMEError:
    """Return the answer or the problem; whatever else is raised would be a 500."""
    try:
        return await doing
    except ACMEError as error:
        return error


async def settle() -> None:
    """Let background work have its turns."""
    for _ in range(200):
        await asyncio.sleep(0)
