"""The cap: a store on Kubernetes takes no more orders than its API server can bear certificates.

Counted are all stored certificates, those included that have expired and are swept later. Orders
that were begun are finalized, so the cap is exceeded by those at most.
"""

import logging
from typing import Final

from acme_server.domain.documents.document import Kind
from acme_server.domain.fullness import Fullness, fullness
from acme_server.domain.problems import unavailable
from acme_server.ports import Capacity, Clock, StoreUnavailable

CAP: Final = 50_000
"""Certificates; what they cost an API server is in `docs/architecture.md`."""

COUNT_EVERY: Final = 30.0
"""Seconds between two counts."""

_RETRY: Final = 300
_log = logging.getLogger(__name__)


class CertificateCap:
    """The cap on one store's certificates."""

    def __init__(self, store: Capacity, clock: Clock, cap: int = CAP) -> None:
        self._store = store
        self._clock = clock
        self.cap = cap
        #: How many there were at the last count; None before the first.
        self.stored: int | None = None
        self._told = Fullness.ROOM

    async def run(self) -> None:
        """Go on counting, until cancelled; what was counted last holds while that fails."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                _log.warning("certificates can't be counted now: %s", error)
            await self._clock.sleep(COUNT_EVERY)

    async def look(self) -> Fullness:
        """Count, and tell the log when it has become another matter."""
        self.stored = await self._store.count(Kind.CERTIFICATE)
        found = fullness(self.stored, self.cap)
        if found is not self._told:
            level = {Fullness.ROOM: logging.INFO, Fullness.NEARLY: logging.WARNING}
            _log.log(level.get(found, logging.ERROR), "%s", self._sentence(found))
        self._told = found
        return found

    def require_room(self) -> None:
        """Refuse with 503 while the store is full."""
        if self._told is Fullness.FULL:
            raise unavailable(self._sentence(self._told), _RETRY)

    def _sentence(self, found: Fullness) -> str:
        said = (
            f"this server's storage is {found}" if found is not Fullness.ROOM else "there is room"
        )
        said += f": {self.stored} certificates of at most {self.cap}"
        if found is Fullness.FULL:
            return f"{said}; no orders are taken until expired ones are swept, or the cap is raised"
        return said
