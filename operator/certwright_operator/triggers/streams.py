"""Knows which watches are open, and where one had a gap."""

import asyncio
import logging
from collections.abc import Callable, Collection

logger = logging.getLogger(__name__)


class Streams:
    """The watches that have to be open before anything is read.

    kopf lists a collection and watches it from there: of what is read once the watch is open, all
    later changes are told. When kopf lists again (410: the API server has forgotten the version),
    it tells of nothing that vanished in between, and everything has to be read anew.

    Args:
        expected: Paths of the collections.
        missed: Called when a watch had a gap.

    Attributes:
        answers: How many lists, or pages of one, and watches the API server has answered.
    """

    def __init__(self, expected: Collection[str], missed: Callable[[], None]) -> None:
        self._awaited = set(expected)
        self._missed = missed
        self._open: set[str] = set()
        self._listed: set[str] = set()
        self._all_open = asyncio.Event()
        self.answers = 0

    @property
    def awaited(self) -> list[str]:
        """The paths that have never been watched yet."""
        return sorted(self._awaited)

    async def all_open(self) -> None:
        """Return once every collection is watched."""
        await self._all_open.wait()

    def listed(self, path: str) -> None:
        """Note that a collection is listed."""
        self.answers += 1
        self._listed.add(path)

    def watched(self, path: str) -> None:
        """Note that the API server answers a watch."""
        self.answers += 1
        if path in self._open and path in self._listed:
            logger.info("the watch of %s had a gap: everything is read anew", path)
            self._missed()
        self._listed.discard(path)
        self._open.add(path)
        self._awaited.discard(path)
        if not self._awaited:
            self._all_open.set()
