"""Which objects are to be looked at, and when: at once, later, or after a failure's delay."""

import heapq
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from certwright.reconcile.world import Kind, ObjectId

FIRST_DELAY: Final = timedelta(seconds=1)
"""After an object's first failure; each further one doubles it."""

LONGEST_DELAY: Final = timedelta(minutes=5)

_ORDER: Final = {kind: place for place, kind in enumerate(Kind)}


class Agenda:
    """The objects to be looked at. An object stands in it once, at its earliest time.

    Times are of any clock that all calls share.
    """

    def __init__(self) -> None:
        self._times: dict[ObjectId, datetime] = {}
        self._heap: list[tuple[datetime, ObjectId]] = []
        self._failures: dict[ObjectId, int] = {}

    def __len__(self) -> int:
        return len(self._times)

    def mark(self, objects: Iterable[ObjectId], at: datetime) -> None:
        """Have objects looked at by a time, or earlier where that was so already."""
        for each in objects:
            if each not in self._times or at < self._times[each]:
                self._times[each] = at
                heapq.heappush(self._heap, (at, each))

    def take(self, most: int, now: datetime) -> list[ObjectId]:
        """Return what is to be looked at now, at most so many, what others stand on first."""
        due: list[ObjectId] = []
        while self._heap and self._heap[0][0] <= now:
            at, each = heapq.heappop(self._heap)
            if self._times.get(each) == at:
                del self._times[each]
                due.append(each)
        due.sort(key=lambda each: (_ORDER[each.kind], each.key))
        self.mark(due[most:], now)
        return due[:most]

    @property
    def next_time(self) -> datetime | None:
        """When there is something to be looked at; None if nothing is."""
        while self._heap and self._times.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

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
