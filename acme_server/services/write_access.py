"""Whether this server can write its state: asked again and again, since only people mend it."""

import logging
from typing import Final

from acme_server.ports import Clock, StoreForbidden, StoreUnavailable, StoreUnwritable, Writable

LOOK_EVERY: Final = 30.0
"""Seconds between two looks."""

LOOK_AGAIN: Final = 5.0
"""Seconds until another look while writing is refused."""

_log = logging.getLogger(__name__)


class WriteAccess:
    """What a store says to this server's writes, without any."""

    def __init__(self, store: Writable, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        #: That writes are refused, and why in the store's words; None as long as none are known to.
        self.refusal: str | None = None

    async def run(self) -> None:
        """Go on looking, until cancelled."""
        while True:
            await self._clock.sleep(LOOK_EVERY if self.refusal is None else LOOK_AGAIN)
            await self.look()

    async def look(self) -> None:
        """Look once; while the store is away, what was known stays. The log is told of changes."""
        before = self.refusal
        try:
            await self._store.try_writing()
        except StoreForbidden as forbidden:
            self.refusal = f"this server isn't allowed to write its state: {forbidden}"
        except StoreUnwritable as unwritable:
            self.refusal = f"this server can't write its state: {unwritable}"
        except StoreUnavailable:
            return
        else:
            self.refusal = None
        if self.refusal is not None and before is None:
            _log.error("%s", self.refusal)
        if self.refusal is None and before is not None:
            _log.info("this server can write its state again")

    async def lacking(self) -> str | None:
        """Return the reason for which no requests should come; None without one."""
        return self.refusal
