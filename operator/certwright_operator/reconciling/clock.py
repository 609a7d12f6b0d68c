"""The time, as reconciling is handed it."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that is never set."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...
