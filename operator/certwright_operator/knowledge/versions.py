"""Which of two states is the later one, and what is known to have ended."""

from typing import Generic, TypeVar

K = TypeVar("K")


def is_newer(version: str, than: str) -> bool:
    """Tell whether a `resourceVersion` is later than another one of the same kind.

    They order as numbers (kubernetes.io, "Resource versions"); of an API server that has others,
    whatever differs counts as newer.
    """
    if version.isdigit() and than.isdigit():
        return int(version) > int(than)
    return version != than


class Ended(Generic[K]):
    """What was deleted lately, so that older news doesn't bring it back.

    A page of a list, or a write's answer, may be older than the event of a deletion that came
    before it by another connection.
    """

    def __init__(self) -> None:
        self._lately: dict[K, str] = {}
        self._before: dict[K, str] = {}

    def note(self, which: K, version: str) -> None:
        """Take note of a deletion.

        Args:
            which: What was deleted.
            version: The `resourceVersion` of the deletion, or the last one before it.
        """
        self._lately[which] = version

    def knows_of(self, which: K, version: str) -> bool:
        """Tell whether a state of something is from before its end."""
        end = self._lately.get(which) or self._before.get(which)
        return end is not None and not is_newer(version, end)

    def forget(self) -> None:
        """Forget what was told of before this was called the last time."""
        self._before, self._lately = self._lately, {}
