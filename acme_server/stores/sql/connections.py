"""Connections to an SQLite file: how it is created, what is set on each and how it is upgraded."""

import os
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, StaticPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from acme_server.stores.sql.errors import DatabaseUnusable
from acme_server.stores.sql.revisions import upgrade

#: Readers never wait for the writer under WAL; what is left are moments of another process opening
#: or closing the file. A reader waits on the event loop's thread, so it must not wait long.
READ_TIMEOUT = 0.1

#: The write-ahead log is cut back to this once it was written back.
_LOG_BYTES = 64 * 1024 * 1024


def prepare(path: Path, timeout: float) -> None:
    """Create the file if need be, for this user's eyes only, and bring it to today's schema.

    Raises `sqlite3.Error`, `OSError` or `DatabaseUnusable`. `timeout` in seconds, for its lock.
    """
    if not path.exists():
        # SQLite would ask the umask, and gives its log whatever mode the file has.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(path, timeout=timeout, isolation_level=None)
    try:
        _upgrade(connection, path)
        path.chmod(0o600)
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise DatabaseUnusable(
                f"the database {path} can't have a write-ahead log, only {mode!r}: is it on a "
                "network file system?"
            )
        # Only a write tells whether the file can be written: it must not be served from otherwise.
        connection.execute("PRAGMA user_version = 0")
    finally:
        connection.close()


def writer(path: Path, timeout: float) -> sqlite3.Connection:
    """Return a connection to write through: what it commits has reached the disk.

    It is opened on one thread and used on another. `timeout` in seconds, for the lock.
    """
    connection = _connect(path, timeout)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
    return connection


def reader(path: Path) -> sqlite3.Connection:
    """Return a connection that can't write."""
    connection = _connect(path, READ_TIMEOUT)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _connect(path: Path, timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)


def _upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """Upgrade in one transaction, so that a failure leaves the database as it was."""
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)

    # The driver would begin a transaction only before the first row is written, not for tables.
    @event.listens_for(engine, "begin")
    def _begin(begun: Connection) -> None:
        begun.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.begin() as begun:
            upgrade(begun, path)
    except DBAPIError as error:
        # Callers know the driver's errors, with SQLite's codes.
        raise error.orig or error from error
