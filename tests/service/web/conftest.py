from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from acme_server.web import application, server
from acme_server.web.limits import Limits
from acme_server.web.server import RunningServer
from tests.service.web.services import FakeServices

Start = Callable[[Limits], Awaitable[RunningServer]]


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


@pytest.fixture
async def start(services: FakeServices) -> AsyncIterator[Start]:
    """Start servers on loopback, and stop them after the test."""
    running: list[RunningServer] = []

    async def begin(limits: Limits) -> RunningServer:
        made = application.make(services, limits)
        running.append(await server.start(made, server.bind("127.0.0.1", 0), None, limits))
        return running[-1]

    yield begin
    for each in running:
        await each.close(0.1)


@pytest.fixture
async def client(start: Start) -> AsyncIterator[aiohttp.ClientSession]:
    """A session whose URLs are relative to a running server."""
    running = await start(Limits())
    base = f"http://127.0.0.1:{running.port}"
    async with aiohttp.ClientSession(base) as session:
        yield session
