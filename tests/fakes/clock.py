"""A clock that stands still until it is told otherwise."""

import asyncio
from datetime import UTC, datetime, timedelta


class FakeClock:
    """A `Clock` that a test sets, and that whoever sleeps by it pushes on."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the time that it was last told."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once, and others have their turn."""
        self.advance(timedelta(seconds=max(seconds, 0)))
        await asyncio.sleep(0)
