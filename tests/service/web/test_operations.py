"""The endpoint of those who run the server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from acme_server.web import operations, server
from acme_server.web.readiness import Phase, Readiness


@pytest.fixture
def readiness() -> Readiness:
    return Readiness(patience=0.05)


@pytest.fixture
async def client(readiness: Readiness) -> AsyncIterator[aiohttp.ClientSession]:
    made = operations.make(readiness, lambda: b"up 1\n", "text/plain; version=0.0.4")
    running = await server.start(made, server.bind("127.0.0.1", 0), None)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{running.port}") as session:
        yield session
    await running.close(0.1)


async def ready(client: aiohttp.ClientSession) -> tuple[int, Any]:
    async with client.get("/readyz") as response:
        assert response.headers["Cache-Control"] == "no-store"
        return response.status, await response.json()


async def holds() -> str | None:
    return None


async def test_a_server_is_ready_between_its_start_and_its_end(
    client: aiohttp.ClientSession, readiness: Readiness
) -> None:
    readiness.require("storage", holds)
    status, told = await ready(client)
    assert status == 503
    assert told == {"ready": False, "reasons": [Phase.STARTING]}
    readiness.phase = Phase.SERVING
    assert await ready(client) == (200, {"ready": True, "reasons": []})
    readiness.phase = Phase.DRAINING
    status, told = await ready(client)
    assert status == 503
    assert told["reasons"][0].startswith("draining: ")


async def test_notes_are_told_beside_readiness_and_change_nothing_of_it(
    client: aiohttp.ClientSession, readiness: Readiness
) -> None:
    readiness.phase = Phase.SERVING
    readiness.tell(lambda: [f"bundle {number}" for number in range(30)])
    status, told = await ready(client)
    assert (status, told["ready"], told["reasons"]) == (200, True, [])
    assert told["notes"] == [f"bundle {number}" for number in range(20)]


async def test_every_reason_is_told_and_a_condition_that_hangs_is_one(
    client: aiohttp.ClientSession, readiness: Readiness
) -> None:
    async def broken() -> str | None:
        return "the disk is gone"

    async def hangs() -> str | None:
        await asyncio.Event().wait()
        raise AssertionError

    for name, condition in (("storage", broken), ("bundles", hangs), ("clock", holds)):
        readiness.require(name, condition)
    readiness.phase = Phase.SERVING
    status, told = await ready(client)
    assert status == 503
    assert told["reasons"] == ["the disk is gone", "bundles: no answer within 0.05 seconds"]


async def test_a_server_is_alive_whatever_it_waits_for(client: aiohttp.ClientSession) -> None:
    async with client.get("/livez") as response:
        assert response.status == 200


async def test_metrics_are_told_in_the_format_they_are_in(client: aiohttp.ClientSession) -> None:
    async with client.get("/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4"
        assert await response.read() == b"up 1\n"


async def test_connections_are_not_kept(client: aiohttp.ClientSession) -> None:
    async with client.head("/livez") as response:
        assert response.headers["Connection"] == "close"


async def test_nothing_else_is_there(client: aiohttp.ClientSession) -> None:
    async with client.get("/acme/pki/web/directory") as response:
        assert response.status == 404
    async with client.post("/livez") as response:
        assert response.status == 405
