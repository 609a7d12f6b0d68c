"""The audit log in a file of its own, one JSON object a line, only ever appended to.

The file may be moved away at any time: the next event finds that and begins a new one. Whatever
can't be written goes to the ordinary log, as an error that holds the whole event, so no event is
lost without a word; and each event tries the file again.
"""

import json
import logging
import os
from pathlib import Path

from acme_server.audit.members import members
from acme_server.domain.audit import AuditEvent

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
_log = logging.getLogger(__name__)


class AuditFileUnusable(Exception):
    """The audit log's file can't be opened; the sentence names it and says why."""


class FileAudit:
    """An `Audit` that appends to a file.

    Args:
        path: The file's; made with mode 0600 where there is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None
        self._torn = False
        #: Events that stand in the other logs instead.
        self.lost = 0

    def open(self) -> None:
        """Open the file, so that one that can't be written to is told at the start.

        Raises:
            AuditFileUnusable: naming it.
        """
        try:
            self._in_place()
        except OSError as error:
            raise AuditFileUnusable(
                f"the audit log {self._path} can't be written to: {error.strerror}"
            ) from error

    def record(self, event: AuditEvent) -> None:
        """Append an event, in one write where the system lets it be one."""
        told = members(event)
        try:
            self._append(self._in_place(), json.dumps(told).encode() + b"\n")
        except OSError as error:
            self.lost += 1
            reason = error.strerror
            # Not as members of the record: it is no audit event where it stands then.
            _log.error(
                "the audit log %s can't be written to: %s", self._path, reason, extra={"lost": told}
            )

    def close(self) -> None:
        """Close the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _in_place(self) -> int:
        """Return a handle of the file that is in place now."""
        if self._handle is not None and not self._is_of(self._handle):
            self.close()
            self._torn = False
        if self._handle is None:
            self._handle = os.open(self._path, _FLAGS, 0o600)
        return self._handle

    def _is_of(self, handle: int) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(handle))
        except FileNotFoundError:
            return False

    def _append(self, handle: int, line: bytes) -> None:
        """Write a whole line. One that a full disk cut off doesn't spoil the next."""
        rest = b"\n" + line if self._torn else line
        while rest:
            rest = rest[os.write(handle, rest) :]
            self._torn = bool(rest)
