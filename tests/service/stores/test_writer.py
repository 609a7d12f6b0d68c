import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from acme_server.ports import StoreUnavailable
from acme_server.stores.sql.errors import explain
from acme_server.stores.sql.writer import MAX_GROUP, Writer

INSERT = "INSERT INTO words VALUES (?) ON CONFLICT DO NOTHING"


class Connection(sqlite3.Connection):
    """A connection that counts commits, can be held up before one, and fails on demand."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, isolation_level=None, check_same_thread=False)
        super().execute("CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY)")
        self.commits = 0
        self.free = Event()
        self.free.set()
        self.fail_before: set[str] = set()
        self.fail_after: set[str] = set()

    def execute(self, sql: str, parameters: tuple[object, ...] = (), /) -> sqlite3.Cursor:  # type: ignore[override]
        if sql == "BEGIN IMMEDIATE":
            self.free.wait()
        if sql in self.fail_before:
            raise sqlite3.OperationalError("disk I/O error")
        cursor = super().execute(sql, parameters)
        self.commits += sql == "COMMIT"
        if sql in self.fail_after:
            raise sqlite3.OperationalError("disk I/O error")
        return cursor


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "words.db"


@pytest.fixture
def connection(path: Path) -> Connection:
    return Connection(path)


@pytest.fixture
def writer(connection: Connection, path: Path) -> Writer:
    writer = Writer(connection, lambda error: explain(path, error))
    writer.start()
    return writer


@pytest.fixture(autouse=True)
def ended(writer: Writer, connection: Connection) -> Iterator[None]:
    yield
    connection.free.set()
    asyncio.run(writer.close())


def words(path: Path) -> int:
    with closing(sqlite3.connect(path)) as other:
        (number,) = other.execute("SELECT count(*) FROM words").fetchone()
    return int(number)


def can_be_locked(path: Path) -> bool:
    """Whether nobody holds the lock for writing."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


async def begin(writer: Writer, number: int) -> list[asyncio.Task[bool]]:
    """Queue writes of as many words and return their waiters."""
    tasks = [asyncio.create_task(writer.write(INSERT, (f"w{n}",))) for n in range(number)]
    await asyncio.sleep(0)
    return tasks


async def test_what_waits_together_is_committed_together(
    writer: Writer, connection: Connection, path: Path
) -> None:
    connection.free.clear()
    tasks = await begin(writer, MAX_GROUP * 2)
    connection.free.set()
    assert all(await asyncio.gather(*tasks))
    # The first group began with whatever was there when the thread woke up.
    assert connection.commits <= 4
    assert words(path) == MAX_GROUP * 2


@pytest.mark.parametrize("when", ["fail_before", "fail_after"])
@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", INSERT, "COMMIT"])
async def test_a_failing_transaction_fails_all_its_waiters_and_no_later_ones(
    writer: Writer, connection: Connection, path: Path, statement: str, when: str
) -> None:
    getattr(connection, when).add(statement)
    ended = await asyncio.gather(*await begin(writer, 10), return_exceptions=True)
    assert {type(each) for each in ended} == {StoreUnavailable}
    # Only an error behind the commit leaves anything, and then all of it.
    landed = when == "fail_after" and statement == "COMMIT"
    assert words(path) == (10 if landed else 0)
    assert can_be_locked(path)

    getattr(connection, when).clear()
    assert await writer.write(INSERT, ("later",))


async def test_a_transaction_that_cannot_be_undone_at_once_is_undone_before_the_next(
    writer: Writer, connection: Connection, path: Path
) -> None:
    connection.fail_before = {"COMMIT", "ROLLBACK"}
    with pytest.raises(StoreUnavailable):
        await writer.write(INSERT, ("lost",))
    connection.fail_before.clear()
    assert await writer.write(INSERT, ("kept",))
    assert words(path) == 1


async def test_a_full_disk_is_named_and_harms_nothing_that_is_stored(
    writer: Writer, connection: Connection, path: Path
) -> None:
    assert await writer.write(INSERT, ("stored",))
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="the disk is full"):
        await writer.write(INSERT, ("x" * 100_000,))
    assert words(path) == 1
    assert await writer.write(INSERT, ("small",))


@pytest.mark.parametrize(
    "argument", [pytest.param("\udcff", id="no text"), pytest.param({}, id="no value")]
)
async def test_a_write_that_cannot_be_written_fails_alone(
    writer: Writer, connection: Connection, path: Path, argument: object
) -> None:
    connection.free.clear()
    good = await begin(writer, 5)
    bad = asyncio.create_task(writer.write(INSERT, (argument,)))
    await asyncio.sleep(0)
    connection.free.set()
    with pytest.raises((UnicodeEncodeError, sqlite3.ProgrammingError)):
        await bad
    assert all(await asyncio.gather(*good))
    assert words(path) == 5


async def test_a_cancelled_write_is_not_taken_back(
    writer: Writer, connection: Connection, path: Path
) -> None:
    connection.free.clear()
    tasks = await begin(writer, 3)
    tasks[1].cancel()
    connection.free.set()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(ended[1], asyncio.CancelledError)
    assert [ended[0], ended[2]] == [True, True]
    assert words(path) == 3


async def test_closing_finishes_what_is_queued_and_takes_nothing_more(
    writer: Writer, connection: Connection, path: Path
) -> None:
    connection.free.clear()
    tasks = await begin(writer, MAX_GROUP + 10)
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable, match="closed"):
        await writer.write(INSERT, ("late",))
    connection.free.set()
    await closing
    assert all(await asyncio.gather(*tasks))
    assert words(path) == MAX_GROUP + 10
