import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from acme_server.domain.documents.document import Kind
from acme_server.ports import Select, Selection, StoreUnavailable
from acme_server.stores.sql import connections
from acme_server.stores.sql.errors import DatabaseUnusable, explain
from acme_server.stores.sql.sqlite import SQLiteStore
from acme_server.stores.sql.statements import for_sqlite
from tests.service.stores.contract import DurableStoreContract, Opener, ids, order


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "certwright.db"


class TestSQLiteStore(DurableStoreContract):
    @pytest.fixture
    def open_store(self, path: Path) -> Opener:
        async def open_sqlite() -> SQLiteStore:
            return SQLiteStore.open(path)

        return open_sqlite

    @pytest.fixture
    def endless_writer(self, path: Path) -> list[str]:
        return [str(path)]


def modes(folder: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}


async def test_nobody_else_can_read_the_database(path: Path) -> None:
    store = SQLiteStore.open(path)
    await store.create(order())
    assert modes(path.parent) == {path.name + end: 0o600 for end in ("", "-shm", "-wal")}
    await store.close()


async def test_a_database_that_others_could_read_is_closed_to_them(path: Path) -> None:
    await SQLiteStore.open(path).close()
    os.chmod(path, 0o644)
    await SQLiteStore.open(path).close()
    assert modes(path.parent) == {path.name: 0o600}


async def test_a_commit_waits_for_the_disk_and_a_reader_cannot_write(path: Path) -> None:
    await SQLiteStore.open(path).close()
    with closing(connections.writer(path, 1.0)) as writer:
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        # https://sqlite.org/pragma.html#pragma_synchronous: 2 is FULL.
        assert writer.execute("PRAGMA synchronous").fetchone() == (2,)
    with (
        closing(connections.reader(path)) as reader,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        reader.execute("DELETE FROM documents")


async def test_a_closed_store_is_unavailable_and_closes_again(path: Path) -> None:
    store = SQLiteStore.open(path)
    await store.close()
    await store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.get(Kind.ORDER, "o1")
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.create(order())
    with pytest.raises(StoreUnavailable, match="closed"):
        await ids(store, Selection(Kind.ORDER))


async def test_a_write_waits_for_another_process_only_so_long(path: Path) -> None:
    store = SQLiteStore.open(path, timeout=0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="another process holds its lock"):
            await store.create(order())
        assert await store.get(Kind.ORDER, "o1") is None
        other.execute("ROLLBACK")
    assert await store.create(order())
    await store.close()


async def test_a_locked_database_is_not_opened(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseUnusable, match="another process holds its lock"):
            SQLiteStore.open(path, timeout=0.01)


async def test_a_scan_keeps_no_snapshot_between_its_pages(path: Path) -> None:
    store = SQLiteStore.open(path)
    await asyncio.gather(*(store.create(order(f"{number:04x}")) for number in range(300)))
    scan = store.scan(Selection(Kind.ORDER))
    await anext(scan)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        # A checkpoint can't reset the log while anybody still reads from it.
        busy, _, _ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert busy == 0
    # What others write in the meantime is seen by the pages that are still to come.
    await store.create(order("ffff"))
    assert [stored.record.id async for stored in scan][-1] == "ffff"
    await store.close()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"certwright: no\n" * 1000, id="text"),
        pytest.param(b"SQLite format 3\x00" + b"\xff" * 4080, id="a broken header"),
    ],
)
def test_what_is_not_a_database_is_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(DatabaseUnusable, match="is not an SQLite database"):
        SQLiteStore.open(path)
    assert path.read_bytes() == content


async def test_a_damaged_page_makes_its_reads_unavailable_and_says_so(path: Path) -> None:
    store = SQLiteStore.open(path)
    await asyncio.gather(*(store.create(order(f"{n:04x}", b"x" * 900)) for n in range(300)))
    await store.close()
    damage(path)
    with pytest.raises((StoreUnavailable, DatabaseUnusable), match="is damaged; restore it"):
        await read_everything(path)


def damage(path: Path) -> None:
    """Overwrite all pages but the first two."""
    content = path.read_bytes()
    path.write_bytes(content[:8192].ljust(len(content), b"\xee"))


async def read_everything(path: Path) -> None:
    store = SQLiteStore.open(path)
    try:
        await ids(store, Selection(Kind.ORDER))
    finally:
        await store.close()


@pytest.mark.parametrize(
    ("where", "message"),
    [
        pytest.param("absent/certwright.db", "No such file or directory", id="no folder"),
        pytest.param(".", "it can't be opened", id="a folder"),
    ],
)
def test_a_path_that_cannot_be_opened_is_named(tmp_path: Path, where: str, message: str) -> None:
    with pytest.raises(DatabaseUnusable, match=message) as refusal:
        SQLiteStore.open(tmp_path / where)
    assert str(tmp_path / where) in str(refusal.value)


def test_a_database_that_is_not_writable_is_explained(path: Path) -> None:
    sqlite3.connect(path).close()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        with pytest.raises(sqlite3.OperationalError) as raised:
            connection.execute("CREATE TABLE documents (id)")
        assert "it is not writable" in explain(path, raised.value)


@pytest.mark.parametrize("select", Select)
async def test_every_scan_walks_an_index_and_no_table(path: Path, select: Select) -> None:
    await SQLiteStore.open(path).close()
    statement = for_sqlite().scan[select]
    arguments = statement.arguments({"kind": "order", "value": "x", "after": "", "limit": 10})
    index = {
        Select.EVERYTHING: "sqlite_autoindex_documents_1",
        Select.OWNED_BY: "documents_by_owner",
        Select.PENDING_WORK: "documents_by_work",
        Select.DUE_BEFORE: "documents_by_due",
    }[select]
    with closing(sqlite3.connect(path)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement.text}", arguments).fetchall()
    assert f"USING INDEX {index} " in plan[0][3]


def test_a_database_that_can_only_be_read_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "read-only.db"
    connections.prepare(path, 1)
    path.chmod(0o400)
    program = (
        "import pathlib, sys; from acme_server.stores.sql.sqlite import SQLiteStore;"
        "SQLiteStore.open(pathlib.Path(sys.argv[1]))"
    )
    # Root may write to any file, unless that is taken from it.
    without = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
    command = [*(without if os.getuid() == 0 else []), sys.executable, "-c", program, str(path)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 1
    assert "is not writable" in finished.stderr
