"""Whether the wall clock can be trusted, told by a steady clock and by what is stored.

The wall clock may be set; the steady one only runs on. What they differ by is the offset: it drifts
as NTP slews the wall clock, and jumps when somebody sets it. A state and a look make the next one.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What is borne.

    `jump` is how far the offset may move between two looks: NTP slews by 0.5 ms a second at most
    (RFC 5905's reference implementation), so this is a step. It is also how far another server's
    clock may be ahead in what it stores. After `settled` without another jump a new time is taken
    for right.
    """

    jump: timedelta = timedelta(seconds=60)
    settled: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Look:
    """What both clocks said at one moment; `steady` is in seconds from any beginning."""

    wall: datetime
    steady: float

    @property
    def offset(self) -> datetime:
        """When the steady clock began, by the wall clock."""
        return self.wall - timedelta(seconds=self.steady)


class Doubt(StrEnum):
    """Why the wall clock isn't trusted."""

    FORWARD = "it jumped forward"
    BACKWARD = "it jumped backward"
    BEHIND = "it stands before what is stored"


@dataclass(frozen=True, slots=True)
class ClockTrust:
    """What is known of the wall clock.

    Args:
        last: The last look.
        trusted: The offset that was trusted last.
        since: When, by the steady clock, the offset that isn't trusted came up; None if it is.
        newest: The latest time that a stored document was written at, None if none was seen.
    """

    last: Look
    trusted: datetime
    since: float | None = None
    newest: datetime | None = None

    @classmethod
    def begun(cls, look: Look) -> Self:
        """Return what is known at the first look."""
        return cls(look, look.offset)

    def stored(self, written: datetime) -> "ClockTrust":
        """Return what is known once a document that was written then has been seen."""
        if self.newest is not None and written <= self.newest:
            return self
        return replace(self, newest=written)

    def looked(self, look: Look, tolerance: Tolerance) -> "ClockTrust":
        """Return what is known after another look.

        * An offset that is the trusted one, or has only drifted from it, is trusted.
        * Any other is trusted once it has been the same for `settled` and the clock isn't before
          what is stored: then it was set right, however far.
        """
        moved = _apart(look.offset, self.last.offset) > tolerance.jump
        if self.since is None and not moved:
            return replace(self, last=look, trusted=look.offset)
        if _apart(look.offset, self.trusted) <= tolerance.jump:
            return replace(self, last=look, trusted=look.offset, since=None)
        since = look.steady if moved or self.since is None else self.since
        settled = look.steady - since >= tolerance.settled.total_seconds()
        if settled and not self._is_before_stored(look, tolerance):
            return replace(self, last=look, trusted=look.offset, since=None)
        return replace(self, last=look, since=since)

    def doubt(self, tolerance: Tolerance) -> Doubt | None:
        """Return why the wall clock isn't trusted now; None if it is."""
        if self.since is not None:
            forward = self.last.offset > self.trusted
            return Doubt.FORWARD if forward else Doubt.BACKWARD
        return Doubt.BEHIND if self._is_before_stored(self.last, tolerance) else None

    def _is_before_stored(self, look: Look, tolerance: Tolerance) -> bool:
        return self.newest is not None and look.wall + tolerance.jump < self.newest


def _apart(one: datetime, other: datetime) -> timedelta:
    return abs(one - other)
