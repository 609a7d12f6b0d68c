"""The store for one server with a disk: SQLite, read on the loop's thread, written by one thread.

A read takes some microseconds from the page cache, a tenth of what a hop to a thread takes. What is
acknowledged is on the disk.
"""

import asyncio
import logging
import secrets
import sqlite3
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from typing import Self

from acme_server.domain.documents.document import Kind
from acme_server.ports import (
    AlreadyExists,
    Conflict,
    Record,
    Selection,
    Stored,
    StoreUnavailable,
    StoreUnwritable,
)
from acme_server.stores.sql import connections
from acme_server.stores.sql.errors import DatabaseUnusable, explain
from acme_server.stores.sql.statements import TRIAL, Statement, for_sqlite
from acme_server.stores.sql.writer import Writer

logger = logging.getLogger(__name__)

#: Documents of a scan that are read at once, before others have their turn on the loop.
PAGE = 200


class SQLiteStore:
    """A `Store` in an SQLite file. It belongs to the event loop that it is first used on."""

    def __init__(self, reader: sqlite3.Connection, writer: Writer, path: Path) -> None:
        """Take connections as `open` makes them."""
        self._reader = reader
        self._writer = writer
        self._path = path
        self._statements = for_sqlite()

    @classmethod
    def open(cls, path: Path, *, timeout: float = 5.0) -> Self:
        """Open the file, or create it, with mode 0600, and bring it to today's schema.

        `timeout` is how long, in seconds, a write waits for another process to let go of the file.
        Raises `DatabaseUnusable` with a sentence for an operator.
        """
        try:
            connections.prepare(path, timeout)
            writer = Writer(connections.writer(path, timeout), partial(explain, path))
            reader = connections.reader(path)
        except (sqlite3.Error, OSError) as error:
            raise DatabaseUnusable(explain(path, error)) from error
        writer.start()
        return cls(reader, writer, path)

    async def close(self) -> None:
        """Finish what is being written and let go of the file; all else raises from now on."""
        self._reader.close()
        await self._writer.close()

    async def get(self, kind: Kind, id: str) -> Stored | None:  # noqa: A002
        """Return the current document, or None."""
        found = self._read(self._statements.get, {"kind": kind, "id": id})
        return found[0] if found else None

    async def create(self, record: Record) -> str:
        """Store a new document durably and return its version; raise `AlreadyExists`."""
        version = _new_version()
        if not await self._write(self._statements.create, _columns(record, version)):
            raise AlreadyExists(f"the {record.kind} {record.id} is there already")
        return version

    async def replace(self, record: Record, version: str) -> str:
        """Store a document over `version` durably and return the new one; raise `Conflict`."""
        new_version = _new_version()
        values = {**_columns(record, new_version), "expected": version}
        if not await self._write(self._statements.replace, values):
            raise _conflict(record.kind, record.id, version)
        return new_version

    async def delete(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
        """Remove a document at `version` durably; raise `Conflict`."""
        values = {"kind": kind, "id": id, "expected": version}
        if not await self._write(self._statements.delete, values):
            raise _conflict(kind, id, version)

    async def scan(self, selection: Selection) -> AsyncIterator[Stored]:
        """Yield the documents of a selection in order of their ids, each page as it is then."""
        statement = self._statements.scan[selection.select]
        after, left = selection.after, selection.limit
        while left > 0:
            limit = min(PAGE, left)
            values = {"kind": selection.kind, "value": selection.value}
            page = self._read(statement, {**values, "after": after, "limit": limit})
            for stored in page:
                yield stored
            if len(page) < limit:
                return
            after, left = page[-1].record.id, left - limit
            await asyncio.sleep(0)

    async def try_writing(self) -> None:
        """Write durably what changes nothing; raise `StoreUnwritable` if that fails."""
        try:
            for statement in TRIAL:
                await self._writer.write(statement, ())
        except StoreUnavailable as error:
            raise StoreUnwritable(str(error)) from error

    def _read(self, statement: Statement, values: Mapping[str, object]) -> list[Stored]:
        """Read all rows at once: a statement that isn't read to its end keeps its snapshot open."""
        try:
            rows = self._reader.execute(statement.text, statement.arguments(values)).fetchall()
        except sqlite3.Error as error:
            sentence = explain(self._path, error)
            logger.error("a read failed: %s", sentence)  # noqa: TRY400
            raise StoreUnavailable(sentence) from error
        return [
            Stored(Record(Kind(kind), id_, body, owner, work, due), version)
            for kind, id_, version, body, owner, work, due in rows
        ]

    async def _write(self, statement: Statement, values: Mapping[str, object]) -> bool:
        return await self._writer.write(statement.text, statement.arguments(values))


def _columns(record: Record, version: str) -> dict[str, object]:
    return {
        "kind": record.kind,
        "id": record.id,
        "version": version,
        "body": record.body,
        "owner": record.owner,
        "work": record.work,
        "due": record.due,
    }


def _new_version() -> str:
    """Return a version that no document had: one made anew must not match its predecessor."""
    return secrets.token_hex(8)


def _conflict(kind: Kind, id: str, version: str) -> Conflict:  # noqa: A002
    return Conflict(f"the {kind} {id} is not at version {version} any more")
