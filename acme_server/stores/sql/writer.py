"""One thread that writes: whatever waits goes into one transaction and one fsync.

A commit costs an fsync however much it holds, so sixteen writers waiting for one commit are about
ten times as fast as sixteen commits. Each write is told of its own outcome, once it is on the disk.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

from acme_server.ports import StoreUnavailable

logger = logging.getLogger(__name__)

#: The most writes in one transaction; beyond this the first would wait for the last.
MAX_GROUP = 256

#: What spoils one write and leaves the transaction as it was.
_OWN_FAULTS = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    OverflowError,
    UnicodeEncodeError,
)


@dataclass(frozen=True, slots=True, eq=False)
class _Write:
    statement: str
    arguments: tuple[object, ...]
    landed: asyncio.Future[bool]


class Writer:
    """The thread, and the queue before it.

    It owns `connection` from `start` on and closes it in the end. `explain` makes a sentence of
    what the driver raised. All writes come from one event loop.
    """

    def __init__(self, connection: sqlite3.Connection, explain: Callable[[Exception], str]) -> None:
        self._connection = connection
        self._explain = explain
        self._queue: SimpleQueue[_Write | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="certwright-writer", daemon=True)
        self._closed = False

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    async def write(self, statement: str, arguments: tuple[object, ...]) -> bool:
        """Write durably and return whether a row was changed; raise `StoreUnavailable`.

        Whoever is cancelled while he waits has not taken his write back.
        """
        if self._closed:
            raise StoreUnavailable("the database is closed")
        landed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.put(_Write(statement, arguments, landed))
        return await landed

    async def close(self) -> None:
        """Finish what is queued, take nothing more, and close the connection."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        closing = False
        while not closing:
            group, closing = self._next_group()
            if group:
                outcomes = self._commit(group)
                # Nobody waits any more where the loop has gone.
                with suppress(RuntimeError):
                    loop = group[0].landed.get_loop()
                    loop.call_soon_threadsafe(_tell, group, outcomes)
        self._connection.close()

    def _next_group(self) -> tuple[list[_Write], bool]:
        """Wait for a write, take what waits behind it, and say whether that was the last."""
        first = self._queue.get()
        # Nobody else takes from the queue, so what it holds now can be taken without waiting.
        behind = min(self._queue.qsize(), MAX_GROUP - 1)
        waiting = [first, *(self._queue.get_nowait() for _ in range(behind))]
        return [write for write in waiting if write is not None], None in waiting

    def _commit(self, group: list[_Write]) -> list[bool | Exception]:
        """Write a group and return each one's outcome; all share the failure of the commit."""
        # Left open only where its own rollback failed too.
        self._roll_back()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._apply(write) for write in group]
            self._connection.execute("COMMIT")
        # Whatever it is, those who wait must hear of it, and the thread must live on.
        except Exception as error:  # noqa: BLE001
            sentence = self._explain(error)
            logger.error("%d writes failed: %s", len(group), sentence)  # noqa: TRY400
            self._roll_back()
            return [StoreUnavailable(sentence) for _ in group]
        return outcomes

    def _apply(self, write: _Write) -> bool | Exception:
        try:
            return self._connection.execute(write.statement, write.arguments).rowcount == 1
        except _OWN_FAULTS as error:
            return error

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            logger.error("the failed writes can't be undone: %s", self._explain(error))  # noqa: TRY400


def _tell(group: list[_Write], outcomes: list[bool | Exception]) -> None:
    """Answer on the loop's thread, but for those who were cancelled."""
    for write, outcome in zip(group, outcomes, strict=True):
        if write.landed.done():
            continue
        if isinstance(outcome, Exception):
            write.landed.set_exception(outcome)
        else:
            write.landed.set_result(outcome)
