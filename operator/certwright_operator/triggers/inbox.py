"""Who is told of what watches hear."""

from collections.abc import Mapping
from typing import Any, Protocol


class Inbox(Protocol):
    """Takes in what watches tell."""

    def seen(self, plural: str, type: str | None, body: Mapping[str, Any]) -> None:  # noqa: A002
        """Take in an event: ADDED, MODIFIED, DELETED, or None for an object of the first list."""
        ...


class Inboxes:
    """Several who are told, one after the other: who asks another what it knows comes after it."""

    def __init__(self, *inboxes: Inbox) -> None:
        self._inboxes = inboxes

    def seen(self, plural: str, type: str | None, body: Mapping[str, Any]) -> None:  # noqa: A002
        """See `Inbox.seen`."""
        for each in self._inboxes:
            each.seen(plural, type, body)
