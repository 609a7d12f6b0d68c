"""Edits that don't take effect: why is told and kept as long as it lasts, and its end is told."""

import logging
from collections.abc import Callable

from certwright.resources.errors import ResourceError

_log = logging.getLogger(__name__)


class HeldEdits:
    """Whether the documents are in force as they stand, or the last good state still is.

    Args:
        keep: Keeps the errors of documents that aren't in force; none once they are.
    """

    def __init__(self, keep: Callable[[tuple[str, ...]], None]) -> None:
        self._keep = keep
        self._broken = False
        self._held = False
        self._failure: str | None = None

    def read(self, errors: tuple[ResourceError, ...]) -> None:
        """Take note of what is wrong with the documents as they were read now; maybe nothing."""
        self._broken = bool(errors)
        for error in errors:
            _log.error("document not used, the last good state stays in force: %s", error)
        if errors:
            self._hold(errors)

    def failed(self, failure: Exception, errors: tuple[ResourceError, ...] = ()) -> None:
        """Take note that sound documents didn't come into force; the same is told once.

        Args:
            failure: Why.
            errors: What is wrong with the documents, if that is why.
        """
        if str(failure) != self._failure:
            _log.error("the last good state stays in force: %s", failure)
        self._failure = str(failure)
        if errors and not self._broken:
            self._hold(errors)

    def in_force(self) -> None:
        """Take note that the documents that were sound last are in force."""
        was_held = self._held or self._failure is not None
        self._failure = None
        if self._broken:
            return
        self._held = False
        self._keep(())
        if was_held:
            _log.info("the documents are in force again as they stand")

    def _hold(self, errors: tuple[ResourceError, ...]) -> None:
        self._held = True
        self._keep(tuple(map(str, errors)))
