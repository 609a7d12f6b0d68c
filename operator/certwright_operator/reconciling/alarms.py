"""What of a status people should notice: that something stopped, or waits for one of them."""

from certwright.reconcile.events import Event
from certwright.reconcile.verdicts import READY, STALLED
from certwright.resources.status import Condition, ConditionStatus, Status


def alarm(before: Status, now: Status) -> Event | None:
    """Return a warning when an object stops being ready, or needs a person for another reason.

    What has been told isn't told again, and to wait for another object at first is no news.

    Args:
        before: The status as it was last written.
        now: The one that replaces it.
    """
    stalled, was_stalled = now.condition(STALLED), before.condition(STALLED)
    if stalled is not None:
        told = was_stalled is not None and was_stalled.reason == stalled.reason
        return None if told else Event(stalled.message, warning=True)
    ready = now.condition(READY)
    if ready is None or _holds(ready) or not _holds(before.condition(READY)):
        return None
    return Event(ready.message, warning=True)


def _holds(condition: Condition | None) -> bool:
    return condition is not None and condition.status is ConditionStatus.TRUE
