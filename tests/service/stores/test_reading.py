import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from acme_server.domain.documents.document import Kind
from acme_server.ports import Record
from acme_server.stores.sql.errors import DatabaseUnusable
from acme_server.stores.sql.reading import read_all
from acme_server.stores.sql.sqlite import SQLiteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a folder?with#signs" / "certwright.db"


def record(number: int, kind: Kind = Kind.ORDER) -> Record:
    return Record(kind, f"o{number:05}", b"{}", "anna", "validation", "2026-11-23T17Z")


async def filled(path: Path, *records: Record) -> SQLiteStore:
    path.parent.mkdir()
    store = SQLiteStore.open(path)
    await asyncio.gather(*map(store.create, records))
    return store


async def test_documents_of_one_kind_are_read_in_order_beside_the_one_who_writes(
    path: Path,
) -> None:
    store = await filled(path, record(2), record(1), record(3, Kind.CERTIFICATE))
    assert list(read_all(path, Kind.ORDER)) == [record(1), record(2)]
    await store.create(record(4))
    assert list(read_all(path, Kind.ORDER)) == [record(1), record(2), record(4)]
    await store.close()


async def test_pages_join_without_gap_or_repetition(path: Path) -> None:
    numbers = range(2001)
    await (await filled(path, *map(record, numbers))).close()
    assert list(read_all(path, Kind.ORDER)) == [record(number) for number in numbers]


async def test_the_database_is_left_as_it_was(path: Path) -> None:
    await (await filled(path, record(1))).close()
    before = path.read_bytes(), path.stat().st_mtime_ns
    list(read_all(path, Kind.ORDER))
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    store = SQLiteStore.open(path)
    await store.create(record(2))
    await store.close()
    assert list(read_all(path, Kind.ORDER)) == [record(1), record(2)]


async def test_what_a_killed_writer_had_acknowledged_is_read(path: Path) -> None:
    await (await filled(path, record(1))).close()
    program = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from acme_server.stores.sql.sqlite import SQLiteStore\n"
        "from tests.service.stores.test_reading import record\n"
        "async def main():\n"
        "    await SQLiteStore.open(Path(sys.argv[1])).create(record(2))\n"
        "    os._exit(0)\n"
        "asyncio.run(main())\n"
    )
    folder = Path(__file__).parents[3]
    command = [sys.executable, "-c", program, str(path)]
    await asyncio.to_thread(subprocess.run, command, cwd=folder, env=os.environ, check=True)
    assert path.with_name("certwright.db-wal").stat().st_size > 0
    assert list(read_all(path, Kind.ORDER)) == [record(1), record(2)]


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="there is no database"):
        list(read_all(tmp_path / "certwright.db", Kind.ORDER))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "expected"), [(b"no database at all", "not an SQLite"), (b"", "no such table")]
)
def test_a_file_that_is_no_database_of_ours_is_told(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    path = tmp_path / "certwright.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseUnusable, match=expected):
        list(read_all(path, Kind.ORDER))
