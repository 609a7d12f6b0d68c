"""A clock that moves only when somebody sleeps, wall clock and monotonic one together."""

import asyncio
from datetime import UTC, datetime, timedelta

_START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class MonotonicClock:
    """The operator's clock in tests. Whoever sleeps by it pushes it on, and others have a turn."""

    def __init__(self) -> None:
        self.elapsed = 0.0

    def now(self) -> datetime:
        """Return the wall clock's time."""
        return _START + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.elapsed += max(seconds, 0)
        await asyncio.sleep(0)
