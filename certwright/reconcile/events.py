"""Events: what a plan does that wasn't so before, for logs and for Kubernetes' Events."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is done now, or has come about.

    Args:
        message: A sentence, without the name of the object.
        warning: Whether a person should look at it.
        reason: Of the condition that it tells, for programs; empty if it tells of none.
    """

    message: str
    warning: bool = False
    reason: str = ""
