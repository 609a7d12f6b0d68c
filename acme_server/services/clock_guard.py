"""The clock guard: nothing is signed, ordered or swept by a wall clock that can't be trusted.

A certificate from next year is valid for a year longer than policy allows, and a sweeper that lives
in next year removes what is in use.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from acme_server.domain.clock_trust import ClockTrust, Doubt, Look, Tolerance
from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.documents.orders import Order
from acme_server.domain.problems import unavailable
from acme_server.ports import Clock
from acme_server.services.documents import Documents
from acme_server.services.sweeping import Stopped

LOOK_EVERY: Final = 10.0
"""Seconds between two looks."""

#: Documents of each kind that are looked at when the server starts: their ids are random, so this
#: is a fair sample, and all of a store that holds fewer.
SAMPLE: Final = 1000

_RETRY: Final = 60

DEFAULT: Final = Tolerance()
_log = logging.getLogger(__name__)


class ClockGuard:
    """The guard of one server's clock.

    Args:
        clock: The wall clock.
        steady: Seconds of a clock that nobody can set, and that goes on while the machine sleeps.
    """

    def __init__(
        self, clock: Clock, steady: Callable[[], float], tolerance: Tolerance = DEFAULT
    ) -> None:
        self._clock = clock
        self._steady = steady
        self._tolerance = tolerance
        self._known = ClockTrust.begun(self._both())
        self._told: Doubt | None = None

    async def start(self, documents: Documents) -> None:
        """Look at a sample of what is stored; raises `ACMEError` when the store is away."""
        for model in (Account, Order, Certificate):
            async for found in documents.sample(model, SAMPLE):
                self.seen(found.document.written)
        self.look()

    async def run(self) -> None:
        """Go on looking, until cancelled."""
        while True:
            self.look()
            await self._clock.sleep(LOOK_EVERY)

    def seen(self, written: datetime | None) -> None:
        """Take note that a document was written then.

        Not while the clock is in doubt: what is written by a wrong clock proves nothing.
        """
        if written is not None and self._told in {None, Doubt.BEHIND}:
            self._known = self._known.stored(written)

    def look(self) -> Doubt | None:
        """Look at both clocks and return why the wall clock isn't trusted; log what changes."""
        self._known = self._known.looked(self._both(), self._tolerance)
        doubt = self._known.doubt(self._tolerance)
        if doubt is not self._told:
            self._tell(doubt)
        self._told = doubt
        return doubt

    @property
    def doubt(self) -> Doubt | None:
        """Why the wall clock wasn't trusted at the last look."""
        return self._told

    def require_trusted(self) -> None:
        """Refuse with 503 while the wall clock isn't trusted."""
        doubt = self.look()
        if doubt is not None:
            raise unavailable(self._sentence(doubt), _RETRY)

    def require_for_sweeping(self) -> None:
        """Raise `Stopped` while the wall clock isn't trusted."""
        doubt = self.look()
        if doubt is not None:
            raise Stopped(self._sentence(doubt))

    def _both(self) -> Look:
        return Look(self._clock.now(), self._steady())

    def _tell(self, doubt: Doubt | None) -> None:
        if doubt is None:
            _log.warning("the wall clock is trusted again: it says %s", _shown(self._clock.now()))
        else:
            _log.error("%s", self._sentence(doubt))

    def _sentence(self, doubt: Doubt) -> str:
        """Say which clock, what is wrong with it, and what ends it."""
        now = self._known.last.wall
        said = f"the wall clock of this server can't be trusted: {doubt}; it says {_shown(now)}"
        if doubt is Doubt.BEHIND:
            said += f", but a stored document is from {_shown(self._known.newest or now)}"
        else:
            jump = (self._known.last.offset - self._known.trusted).total_seconds()
            said += f", {abs(jump):.0f} seconds off the machine's steady clock"
        minutes = self._tolerance.settled.total_seconds() / 60
        return (
            f"{said}. Nothing is issued or swept until it is set right, or, if it is right now, "
            f"until it has been steady for {minutes:g} minutes and has passed what is stored"
        )


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
