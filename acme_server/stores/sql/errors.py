"""What an operator reads when the database fails: one sentence, whatever the driver raised."""

import sqlite3
from pathlib import Path


class DatabaseUnusable(Exception):
    """The database can't be opened as it is; the sentence says why, and nothing was changed."""


#: What SQLite's primary result codes (https://sqlite.org/rescode.html) mean to an operator.
_MEANINGS = {
    sqlite3.SQLITE_BUSY: "another process holds its lock",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened: is its folder there and writable?",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore it from a backup",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_NOTADB: "it is not an SQLite database",
    sqlite3.SQLITE_PERM: "this user may not use it",
    sqlite3.SQLITE_READONLY: "it is not writable",
}


def explain(path: Path, error: Exception) -> str:
    """Return a sentence that names the database, what is wrong and what SQLite called it."""
    if isinstance(error, OSError):
        return f"the database {path}: {error.strerror}"
    # Extended codes carry their primary one in the low byte.
    meaning = _MEANINGS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "it failed")
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return f"the database {path}: {meaning} ({name}: {error})"
