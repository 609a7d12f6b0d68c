"""When attempts are made: a fixed schedule from the moment the challenge was answered.

Nothing of it is stored: whoever takes a challenge over derives the next attempt from `startedAt`
and the time it is now.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, count, takewhile

#: Seconds after the start. Most solvers are ready at once or within a few seconds; an ingress or a
#: DNS zone takes up to a minute.
_EARLY = (0, 1, 2, 4, 8, 15, 25, 40, 60)
_LATER_EVERY = 30


def _offsets() -> Iterator[timedelta]:
    later = count(_EARLY[-1] + _LATER_EVERY, _LATER_EVERY)
    return (timedelta(seconds=seconds) for seconds in chain(_EARLY, later))


def attempts(started_at: datetime, retry_for: timedelta) -> tuple[datetime, ...]:
    """Return all times of the schedule, from `started_at` to `retry_for` after it."""
    before_the_last = takewhile(lambda offset: offset < retry_for, _offsets())
    return tuple(started_at + offset for offset in (*before_the_last, retry_for))


def next_attempt(started_at: datetime, now: datetime, retry_for: timedelta) -> datetime | None:
    """Return the first time of the schedule after `now`, or None when there is no more.

    The first attempt is made when the challenge is answered; ask this when an attempt has ended.
    Times that an attempt ran over are left out, so attempts never pile up.
    """
    return next((time for time in attempts(started_at, retry_for) if time > now), None)
