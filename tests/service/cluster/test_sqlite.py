"""A server of a cluster whose state is in an SQLite file, on a volume of its own."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import AsyncExitStack, closing
from functools import partial
from pathlib import Path

import pytest

from acme_server.cluster.alone import PATIENCE, Alone, DatabaseInUse
from acme_server.cluster.start import Start
from acme_server.domain.documents.document import Kind
from acme_server.ports import Record, StoreUnavailable
from acme_server.stores.sql import connections
from acme_server.stores.sql.errors import DatabaseUnusable, explain
from acme_server.stores.sql.sqlite import SQLiteStore
from acme_server.stores.sql.writer import Writer
from acme_server.web.readiness import Readiness
from certwright.bundles.objects import NONCE_KEYS_NAME
from tests.cluster.harness.waiting import eventually
from tests.end_to_end.harness.session import opened
from tests.fakes.clock import FakeClock
from tests.fakes.randomness import FakeRandomness
from tests.service.cluster.servers import Site

HOLDER = """
import sys
from pathlib import Path
from acme_server.assembly.held_file import held
with held(Path(sys.argv[1]), "acme-0"):
    print("held", flush=True)
    sys.stdin.read()
"""


async def test_it_asks_the_api_server_for_bundles_alone_and_needs_no_keys_of_nonces(
    site: Site,
) -> None:
    site.api.remove(NONCE_KEYS_NAME)
    async with site.running() as ready:
        assert list(ready.directories) == ["pki/web"]
        async with opened(site.directory) as client:
            (await client.register(site.binding)).accepted()
            (await client.order("www.team-a.example.test")).accepted()
        assert await site.readiness() == {"ready": True, "reasons": []}
    assert set(site.api.requests) == {"list", "watch"}


async def test_what_it_knows_and_the_nonces_that_it_gave_outlive_it(site: Site) -> None:
    async with AsyncExitStack() as stack:
        async with site.running():
            client = await stack.enter_async_context(opened(site.directory))
            registered = (await client.register(site.binding)).accepted()
        async with site.running():
            # With the nonce that the server before gave.
            known = (await client.known()).accepted()
    assert known.location == registered.location
    assert client.rejected_nonces == 0


async def test_a_database_that_can_t_be_opened_ends_the_start_with_a_sentence(site: Site) -> None:
    site.settings["store"] = {"kind": "sqlite", "file": site.folder / "none" / "certwright.db"}
    with pytest.raises(DatabaseUnusable, match=r"none/certwright\.db: No such file or directory"):
        async with site.starting() as told:
            await asyncio.wait({told})


async def fill(store: SQLiteStore, pages: int) -> None:
    for number in range(pages):
        await store.create(Record(Kind.ORDER, f"order-{number}", bytes(4096)))


async def test_a_full_database_is_a_reason_until_there_is_room_again(tmp_path: Path) -> None:
    file = tmp_path / "certwright.db"
    connections.prepare(file, 0)
    writing = connections.writer(file, 0)
    writing.execute("PRAGMA max_page_count = 40")
    writer = Writer(writing, partial(explain, file))
    writer.start()
    store = SQLiteStore(connections.reader(file), writer, file)
    access = Alone(store, file, FakeClock(), FakeRandomness()).access
    await access.look()
    assert await access.lacking() is None
    with pytest.raises(StoreUnavailable, match="the disk is full"):
        await fill(store, 40)
    await access.look()
    assert await access.lacking() == (
        f"this server can't write its state: the database {file}: the disk is full "
        "(SQLITE_FULL: database or disk is full)"
    )
    writing.execute("PRAGMA max_page_count = 80")
    await access.look()
    assert await access.lacking() is None
    assert writing.execute("SELECT count(*) FROM documents WHERE kind = 'trial'").fetchone() == (0,)
    await store.close()


async def test_a_second_server_waits_for_the_first_and_says_so(site: Site) -> None:
    with held(site.folder / "certwright.db.lock") as holder:
        async with site.starting() as told:
            await eventually(lambda: waits_for_the_database(site))
            assert not told.done()
            holder.kill()
            async with asyncio.timeout(60):
                await told
        assert await asyncio.to_thread(holder.wait) != 0


async def waits_for_the_database(site: Site) -> None:
    (reason,) = (await site.readiness())["reasons"]
    assert reason.startswith("starting: waits for the database: ")
    assert "in use by another server (acme-0)" in reason


async def test_a_second_server_gives_up_with_one_clear_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, file = FakeClock(), tmp_path / "certwright.db"
    start = Start(Readiness(), clock)
    begun = clock.now()
    with held(tmp_path / "certwright.db.lock"):
        async with AsyncExitStack() as stack:
            opening = partial(Alone.open_at, stack, file, "acme-1", clock, FakeRandomness())
            with pytest.raises(DatabaseInUse, match="one replica and strategy Recreate"):
                await start.until("the database", opening, PATIENCE)
    assert (clock.now() - begun).total_seconds() == PATIENCE
    assert len(caplog.records) == 1
    assert not file.exists()


async def test_a_database_that_takes_no_writes_is_a_reason_not_to_be_ready(tmp_path: Path) -> None:
    file = tmp_path / "certwright.db"
    store = SQLiteStore.open(file, timeout=0)
    access = Alone(store, file, FakeClock(), FakeRandomness()).access
    await access.look()
    assert await access.lacking() is None
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await access.look()
    assert await access.lacking() == (
        f"this server can't write its state: the database {file}: another process holds its lock "
        "(SQLITE_BUSY: database is locked)"
    )
    await access.look()
    assert await access.lacking() is None
    await store.close()


def held(file: Path) -> "subprocess.Popen[str]":
    """Hold a file as another process, until that is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process
