"""The children that are there, by where they are and by whom they came of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from certwright.reconcile.world import ObjectId
from certwright_operator.children.child import Child
from certwright_operator.children.places import ChildKey
from certwright_operator.knowledge.versions import Ended, is_newer


class Inventory:
    """What is known of children: what was seen last of each, by a watch or as a write's answer."""

    def __init__(self) -> None:
        self._children: dict[ChildKey, Child] = {}
        self._ended: Ended[ChildKey] = Ended()
        self._owned: defaultdict[ObjectId, set[ChildKey]] = defaultdict(set)

    def put(self, child: Child) -> bool:
        """Take in a child as it is now; tell whether that is news.

        What is older than what is known isn't: the echo of a write comes after its answer.
        """
        before = self._children.get(child.key)
        if self._ended.knows_of(child.key, child.version):
            return False
        if before is not None:
            if not is_newer(child.version, before.version):
                return False
            self._forget(before)
        self._children[child.key] = child
        if child.owner is not None:
            self._owned[child.owner].add(child.key)
        return True

    def drop(
        self, key: ChildKey, uid: str | None = None, version: str | None = None
    ) -> Child | None:
        """Forget a child, if it is the one of that UID; return it if it was known.

        Args:
            key: Where it is.
            uid: Its UID; None for whichever is known.
            version: Of its deletion; None if that isn't known.
        """
        if version is not None:
            self._ended.note(key, version)
        before = self._children.get(key)
        if before is None or uid not in (None, before.uid):
            return None
        self._forget(before)
        del self._children[key]
        return before

    def forget_ended(self) -> None:
        """Forget what ended so long ago that no older news of it can be on the way."""
        self._ended.forget()

    def get(self, key: ChildKey) -> Child | None:
        """Return a child; None if there is none."""
        return self._children.get(key)

    def of(self, owners: Iterable[ObjectId]) -> Iterator[Child]:
        """Yield the children that came of objects of these names."""
        return (self._children[key] for owner in owners for key in self._owned.get(owner, ()))

    def __iter__(self) -> Iterator[Child]:
        return iter(self._children.values())

    def __len__(self) -> int:
        return len(self._children)

    def _forget(self, child: Child) -> None:
        if child.owner is not None:
            found = self._owned[child.owner]
            found.discard(child.key)
            if not found:
                del self._owned[child.owner]
