"""The machine's own clock and randomness: adapters of the ports `Clock` and `Randomness`."""

import asyncio
import secrets
import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`, at once when that is not above zero."""
        await asyncio.sleep(max(seconds, 0))


def steady_seconds() -> float:
    """Return the seconds of a clock that nobody can set.

    On Linux one that goes on while the machine is suspended: waking up is no jump of the wall
    clock then. Elsewhere it is the best there is.
    """
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class SystemRandomness:
    """The operating system's randomness."""

    def token(self, length: int) -> bytes:
        """Return `length` bytes that nobody can guess."""
        return secrets.token_bytes(length)
