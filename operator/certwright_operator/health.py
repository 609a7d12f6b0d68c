"""What probes are told."""

from typing import Final, Protocol

STUCK: Final = 300.0
"""Seconds without a turn, though there is work, after which only a new start may help."""


class Work(Protocol):
    """What is asked of the reconciler."""

    @property
    def started(self) -> bool:
        """Whether everything has been read once."""
        ...

    @property
    def busy(self) -> bool:
        """Whether there is something to be done by now."""
        ...

    @property
    def last_turn(self) -> float:
        """When something was last done, in seconds of a monotonic clock."""
        ...


def what_is_dead(work: Work | None, now: float) -> str | None:
    """Say that nothing moves any more; None if something does, or nothing has to.

    An API server that is away is nobody's fault here: whoever leads then loses the Lease and ends.

    Args:
        work: None while this replica waits for the Lease.
        now: Seconds of the clock that `last_turn` is of.
    """
    if work is None or not work.started or not work.busy:
        return None
    still = now - work.last_turn
    return (
        f"nothing was done for {still:.0f} seconds, though there is work" if still > STUCK else None
    )


def what_is_awaited(work: Work | None) -> str | None:
    """Say what isn't read yet; a replica without the Lease is ready to lead."""
    if work is None or work.started:
        return None
    return "has not read yet what there is"
