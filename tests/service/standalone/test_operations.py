"""What a whole server tells those who run it."""

import asyncio
import shutil
import socket
import ssl
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from acme_server.assembly.operations import reachable
from acme_server.services.documents import Documents
from acme_server.standalone.assembly import Ready, serve
from acme_server.stores.memory import MemoryStore
from acme_server.web.server import CannotListen
from tests.fakes.faulty_store import FaultyStore
from tests.fakes.randomness import FakeRandomness
from tests.service.standalone.test_assembly import QUICKSTART, fetched, running, settings

ENDPOINT = {"listen": "127.0.0.1:0"}


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    return Path(shutil.copytree(QUICKSTART, tmp_path / "documents"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


UNFINISHED = (
    b"POST /acme/pki/web/new-order HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/jose+json\r\nContent-Length: 10\r\n\r\n"
)


async def answer(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def metrics(ready: Ready) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    status, text = await answer(f"{ready.operations}/metrics")
    assert status == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_there_is_no_endpoint_unless_it_is_set(documents: Path, folder: Path) -> None:
    async with running(documents, folder, settings()) as ready:
        assert ready.operations is None


async def test_a_server_that_answers_is_ready_and_counts(documents: Path, folder: Path) -> None:
    async with running(documents, folder, settings(operations=ENDPOINT)) as ready:
        assert await answer(f"{ready.operations}/readyz") == (
            200,
            '{"ready": true, "reasons": []}',
        )
        await fetched(ready.directories["pki/web"], ready.trust)
        found = await metrics(ready)
    where = frozenset({"resource": "directory", "method": "GET", "status": "2xx"}.items())
    assert found["certwright_request_seconds_count", where] == 1
    assert found["certwright_profile_issuing", frozenset({("profile", "pki/web")})] == 1
    assert found["certwright_validations_open", frozenset()] == 0
    assert found["certwright_audit_lines_lost_total", frozenset()] == 0


async def test_an_endpoint_may_be_at_an_ipv6_address(documents: Path, folder: Path) -> None:
    chosen = settings(operations={"listen": "[::1]:0"})
    async with running(documents, folder, chosen) as ready:
        assert str(ready.operations).startswith("http://[::1]:")
        assert (await answer(f"{ready.operations}/livez"))[0] == 200


async def test_a_server_that_finishes_what_is_in_flight_is_alive_and_not_ready(
    documents: Path, folder: Path
) -> None:
    stop, told = asyncio.Event(), asyncio.get_running_loop().create_future()
    chosen = settings(operations=ENDPOINT)
    server = asyncio.create_task(serve(documents, folder, chosen, told.set_result, stop))
    ready = await told
    context = ssl.create_default_context(cafile=ready.trust)
    port = int(ready.directories["pki/web"].split("/")[2].rpartition(":")[2])
    # A request whose body is yet to come keeps the server from ending at once.
    _, writer = await asyncio.open_connection("localhost", port, ssl=context)
    writer.write(UNFINISHED)
    await writer.drain()
    stop.set()
    await asyncio.sleep(0)
    status, reasons = await answer(f"{ready.operations}/readyz")
    live, _ = await answer(f"{ready.operations}/livez")
    assert (status, live) == (503, 200)
    assert "draining" in reasons
    writer.close()
    await server
    with pytest.raises(aiohttp.ClientConnectorError):
        await answer(f"{ready.operations}/livez")


async def test_a_busy_port_of_the_endpoint_prevents_a_start_and_changes_nothing(
    documents: Path, folder: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CannotListen, match="can't listen on 127"):
            async with running(documents, folder, settings(operations={"listen": address})):
                pass
    assert not folder.exists()


async def test_a_server_whose_storage_is_away_is_not_ready() -> None:
    store = FaultyStore(MemoryStore())
    condition = reachable(Documents(store, FakeRandomness()))
    assert await condition() is None
    store.reads_fail = True
    assert "storage can't be reached" in str(await condition())
