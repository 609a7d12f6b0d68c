"""What kopf keeps of objects to find changes and to resume handlers: nothing.

`on.event` handlers need neither. The default storages copy every object several times an event, and
would write into annotations what Secrets hold if a change-detecting handler ever came in.
"""

from typing import Any, NoReturn

import kopf


class NoEssence(kopf.DiffBaseStorage):
    """Finds no change, and stores nothing."""

    def build(self, **_: Any) -> kopf.BodyEssence:
        """Return the same of every object."""
        return kopf.BodyEssence()

    def fetch(self, **_: Any) -> None:
        """Return what was last handled: nothing."""
        return

    def store(self, **_: Any) -> NoReturn:
        """Refuse: there is no handler that this is for."""
        raise NotImplementedError("the operator's watches write nothing")


class NoProgress(kopf.ProgressStorage):
    """Keeps no progress of handlers."""

    def fetch(self, **_: Any) -> None:
        """Return how far a handler is: nowhere."""
        return

    def store(self, **_: Any) -> NoReturn:
        """Refuse: there is no handler that this is for."""
        raise NotImplementedError("the operator's watches write nothing")

    def purge(self, **_: Any) -> None:
        """Do nothing: nothing is there."""

    def touch(self, **_: Any) -> NoReturn:
        """Refuse: there is no handler that this is for."""
        raise NotImplementedError("the operator's watches write nothing")

    def clear(self, *, essence: kopf.BodyEssence) -> kopf.BodyEssence:
        """Return an object's essence without what this storage keeps there."""
        return essence
