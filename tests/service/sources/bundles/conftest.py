import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

from acme_server.kubernetes_api.connection import Connection
from acme_server.sources.bundles.watched import WatchedBundles
from tests.fakes.secrets_api import SecretsAPI


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def monotonic() -> Hands:
    return Hands()


@pytest.fixture
async def api() -> SecretsAPI:
    return SecretsAPI()


@pytest.fixture
async def connection(api: SecretsAPI) -> AsyncIterator[Connection]:
    async with api.serving() as access:
        opened = Connection.open(access)
        yield opened
        await opened.close()


@pytest.fixture
async def bundles(connection: Connection, monotonic: Hands) -> WatchedBundles:
    """Give a source that has read nothing yet; `following` starts it."""
    return WatchedBundles(connection, "certwright-acme", monotonic=monotonic)


@pytest.fixture
async def following(bundles: WatchedBundles) -> AsyncIterator[WatchedBundles]:
    """Give a source that follows; there was nothing when it began."""
    task = asyncio.create_task(bundles.run())
    await bundles.synchronised()
    yield bundles
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what is to come about by itself, and fail when it never does."""
    async with asyncio.timeout(10):
        while not await holds():  # noqa: ASYNC110 - what is looked at has no event
            await asyncio.sleep(0.01)
