"""Which objects are to be looked at, and when: at once, later, or after a failure's delay."""

import heapq
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from certwright.reconcile.world import Kind, ObjectId

FIRST_DELAY: Final = timedelta(seconds=1)
"""After an object's first failure; each further one doubles it."""

LONGEST_DELAY: Final = timedelta(minutes=5)

_SPARE: Final = 100
"""Times that don't count any more, and aren't worth being thrown out."""

_ORDER: Final = {kind: place for place, kind in enumerate(Kind)}

_Place: TypeAlias = tuple[int, str, str, ObjectId]
"""Where an object stands among those that are due; plain values, which compare fast."""


class Agenda:
    """The objects to be looked at. An object stands in it once, at its earliest time.

    Times are of any clock that all calls share.
    """

    def __init__(self) -> None:
        self._times: dict[ObjectId, datetime] = {}
        self._heap: list[tuple[datetime, _Place]] = []
        self._due: dict[ObjectId, datetime] = {}
        self._line: list[_Place] = []
        self._failures: dict[ObjectId, int] = {}

    def __len__(self) -> int:
        return len(self._times) + len(self._due)

    def mark(self, objects: Iterable[ObjectId], at: datetime) -> None:
        """Have objects looked at by a time, or earlier where that was so already."""
        for each in objects:
            if each in self._due or self._times.get(each, at) < at:
                continue
            if self._times.get(each) != at:
                self._times[each] = at
                heapq.heappush(self._heap, (at, _place(each)))
        self._throw_out()

    def take(self, most: int, now: datetime) -> list[ObjectId]:
        """Return what is to be looked at now, at most so many, what others stand on first."""
        self._fall_due(now)
        places = [heapq.heappop(self._line) for _ in range(min(most, len(self._line)))]
        taken = [each for *_, each in places]
        for each in taken:
            del self._due[each]
        return taken

    def _fall_due(self, now: datetime) -> None:
        while (soonest := self._soonest()) is not None and soonest <= now:
            at, place = heapq.heappop(self._heap)
            each = place[-1]
            del self._times[each]
            self._due[each] = at
            heapq.heappush(self._line, place)

    def _soonest(self) -> datetime | None:
        """Return the earliest time that isn't due yet."""
        while self._heap:
            at, (*_, each) = self._heap[0]
            if self._times.get(each) == at:
                return at
            # It was marked earlier since.
            heapq.heappop(self._heap)
        return None

    def _throw_out(self) -> None:
        """Forget times that an earlier one replaced, once they are most of what is kept."""
        if len(self._heap) > 2 * len(self._times) + _SPARE:
            self._heap = [(at, _place(each)) for each, at in self._times.items()]
            heapq.heapify(self._heap)

    @property
    def next_time(self) -> datetime | None:
        """When there is something to be looked at; None if nothing is."""
        return next(iter(self._due.values()), None) or self._soonest()

    def failed(self, which: ObjectId, now: datetime) -> timedelta:
        """Have an object looked at again after a delay, and return that."""
        failures = self._failures.get(which, 0)
        self._failures[which] = failures + 1
        delay = min(FIRST_DELAY * (1 << min(failures, 16)), LONGEST_DELAY)
        self.mark((which,), now + delay)
        return delay

    def succeeded(self, which: ObjectId) -> None:
        """Take note that an object was looked at and all was written."""
        self._failures.pop(which, None)

    @property
    def failing(self) -> int:
        """How many objects failed when they were last looked at."""
        return len(self._failures)


def _place(which: ObjectId) -> _Place:
    return _ORDER[which.kind], which.key.namespace, which.key.name, which
