"""What of a status people should notice: what stopped, waits for one of them, or works again."""

from certwright.reconcile.events import Event
from certwright.reconcile.verdicts import READY, STALLED
from certwright.resources.status import Condition, ConditionStatus, Status


def alarm(before: Status, now: Status) -> Event | None:
    """Return a warning when an object stops being ready, or needs a person for another reason.

    That it is ready is told of one that wasn't. What has been told isn't told again, and to wait
    for another object at first is no news.

    Args:
        before: The status as it was last written.
        now: The one that replaces it.
    """
    stalled, was_stalled = now.condition(STALLED), before.condition(STALLED)
    if stalled is not None:
        told = was_stalled is not None and was_stalled.reason == stalled.reason
        return None if told else _warning(stalled)
    ready, was_ready = now.condition(READY), before.condition(READY)
    if ready is None or was_ready is None or ready.status is was_ready.status:
        return None
    if ready.status is ConditionStatus.TRUE:
        return Event(f"it is ready: {ready.message}", reason=ready.reason)
    return _warning(ready)


def _warning(condition: Condition) -> Event:
    return Event(condition.message, warning=True, reason=condition.reason)
