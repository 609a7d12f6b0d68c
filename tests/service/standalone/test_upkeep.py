"""A server on one machine sweeps what has long expired, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from acme_server.domain.documents.document import Kind
from acme_server.domain.documents.orders import Order
from acme_server.ports import Store
from acme_server.services.documents import Documents
from acme_server.standalone import data
from acme_server.stores.sql.sqlite import SQLiteStore
from acme_server.system import SystemRandomness
from tests.service.standalone.test_assembly import documents, folder, running, settings

__all__ = ["documents", "folder"]


def order(name: str, expires: datetime) -> Order:
    return Order(
        id=name,
        account="a1",
        profile="pki/web",
        identifiers=(),
        authorizations=(),
        serial=f"{name}5e",
        created=expires - timedelta(days=1),
        expires=expires,
    )


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Store]:
    store = SQLiteStore.open(folder / data.DATABASE)
    yield store
    await store.close()


async def test_what_has_long_expired_goes_once_the_server_runs(
    documents: Path,
    folder: Path,
) -> None:
    now = datetime.now(UTC)
    async with running(documents, folder, settings()):
        pass
    async with opened(folder) as store:
        kept = Documents(store, SystemRandomness())
        await kept.create(order("old", now - timedelta(days=30)))
        await kept.create(order("new", now - timedelta(days=1)))
    async with running(documents, folder, settings()), opened(folder) as store:
        for _ in range(1000):
            if await store.get(Kind.ORDER, "old") is None:
                break
            await asyncio.sleep(0.01)
        assert await store.get(Kind.ORDER, "old") is None
        assert await store.get(Kind.ORDER, "new") is not None
