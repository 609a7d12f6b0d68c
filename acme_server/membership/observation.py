"""Who is alive, by what was seen: renewals, and the time for which none came.

Clocks of two machines are never compared. Nor is the time for which nobody looked, or could look,
held against anybody: after an outage of the API server nobody has renewed, and all are there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from acme_server.membership.lease import Lease

#: Seconds between two looks that count at most, however many lay between them.
LONGEST_GAP = 5.0

#: Seconds of silence after which a Lease is nobody's any more and may be deleted.
FORGOTTEN_AFTER = 600.0


@dataclass(frozen=True, slots=True)
class _Observed:
    lease: Lease
    silence: float

    @property
    def alive(self) -> bool:
        return self.silence < self.lease.seconds


class Observation:
    """The Leases as they were last seen, and how long each has not been renewed."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._seen: dict[str, _Observed] = {}
        self._looked: float | None = None

    def look(self, leases: Iterable[Lease], at: float) -> None:
        """Take in what a look began at `at` has seen, in seconds of a monotonic clock.

        What an earlier look sees later than a later one is not taken in.
        """
        if self._looked is not None and at < self._looked:
            return
        passed = 0.0 if self._looked is None else min(at - self._looked, LONGEST_GAP)
        self._looked = at
        self._seen = {each.name: self._observe(each, passed) for each in leases}

    def alive(self) -> Iterator[Lease]:
        """Yield the Leases that are alive. One that was just seen for the first time is."""
        return (each.lease for each in self._seen.values() if each.alive)

    def forgotten(self) -> Lease | None:
        """Return the one of those dead for long that has been so for longest, or None."""
        longest = max(self._seen.values(), key=lambda each: each.silence, default=None)
        if longest is None or longest.silence < FORGOTTEN_AFTER:
            return None
        return longest.lease

    def _observe(self, lease: Lease, passed: float) -> _Observed:
        before = self._seen.get(lease.name)
        renewed = before is None or (before.lease.uid, before.lease.renewed) != (
            lease.uid,
            lease.renewed,
        )
        return _Observed(lease, 0.0 if before is None or renewed else before.silence + passed)
