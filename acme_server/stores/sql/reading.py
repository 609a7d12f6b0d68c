"""Reading the database beside a running server, or after one: nothing is migrated or written.

SQLite leaves its `-wal` and `-shm` files behind when only a reader has had the database open; they
hold nothing then, and the next server takes them over.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from acme_server.domain.documents.document import Kind
from acme_server.ports import Record, Select
from acme_server.stores.sql.errors import DatabaseUnusable, explain
from acme_server.stores.sql.statements import for_sqlite

_PAGE = 1000
_TIMEOUT = 5.0


def read_all(path: Path, kind: Kind) -> Iterator[Record]:
    """Yield all documents of a kind in order of their ids, each page as it is then.

    Raises:
        DatabaseUnusable: There is no such file, or it can't be read.
    """
    if not path.exists():
        raise DatabaseUnusable(f"there is no database {path}")
    try:
        with closing(_connected(path)) as connection:
            yield from _pages(connection, kind)
    except sqlite3.Error as error:
        raise DatabaseUnusable(explain(path, error)) from error


def _connected(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=_TIMEOUT, isolation_level=None)


def _pages(connection: sqlite3.Connection, kind: Kind) -> Iterator[Record]:
    statement = for_sqlite().scan[Select.EVERYTHING]
    after = ""
    while True:
        values = {"kind": kind, "value": "", "after": after, "limit": _PAGE}
        rows = connection.execute(statement.text, statement.arguments(values)).fetchall()
        for _, after, _, body, owner, work, due in rows:
            yield Record(kind, after, body, owner, work, due)
        if len(rows) < _PAGE:
            return
