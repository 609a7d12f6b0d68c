"""All objects known, by name, by who refers to them, by namespace and by the Secret they name."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from enum import Enum, auto
from types import MappingProxyType
from typing import TypeVar

from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.metadata import ObjectKey
from certwright.resources.namespaces import Namespace, NamespaceMeta
from certwright_operator.knowledge.record import Body, Record
from certwright_operator.knowledge.versions import Ended, is_newer

K = TypeVar("K")


class Change(Enum):
    """What news of an object amounts to."""

    NONE = auto()
    """It was known."""
    STATUS = auto()
    """Only its status is another: nobody else depends on that."""
    OBJECT = auto()
    """Something that others may depend on is another, or the object is."""


class Objects:
    """What is known now."""

    def __init__(self) -> None:
        self._records: dict[ObjectId, Record] = {}
        self._users: defaultdict[ObjectId, set[ObjectId]] = defaultdict(set)
        self._within: defaultdict[str, set[ObjectId]] = defaultdict(set)
        self._naming: defaultdict[ObjectKey, set[ObjectId]] = defaultdict(set)
        self._namespaces: dict[str, Namespace] = {}
        self._namespace_versions: dict[str, str] = {}
        self._ended: Ended[ObjectId] = Ended()
        self._ended_namespaces: Ended[str] = Ended()

    def put(self, record: Record) -> Change:
        """Take in an object as it is now; news that is older than what is known is no news."""
        before = self._records.get(record.id)
        if self._ended.knows_of(record.id, record.version):
            return Change.NONE
        if before is not None and not is_newer(record.version, before.version):
            return Change.NONE
        if before is not None and (before.uid, before.face) == (record.uid, record.face):
            self._records[record.id] = record
            return Change.STATUS
        if before is not None:
            self._unlink(before)
        self._link(record)
        return Change.OBJECT

    def drop(self, which: ObjectId, uid: str | None = None, version: str | None = None) -> bool:
        """Forget an object, if it is the one of that UID; tell whether it was known.

        Args:
            which: Which one.
            uid: Its UID; None for whichever is known.
            version: Of its deletion; None if that isn't known.
        """
        before = self._records.get(which)
        if version is not None:
            self._ended.note(which, version)
        if before is None or uid not in (None, before.uid):
            return False
        self._unlink(before)
        del self._records[which]
        return True

    def put_namespace(self, body: Body) -> bool:
        """Take in a namespace; tell whether its labels or its identity are new."""
        metadata = body["metadata"]
        name, version = metadata["name"], metadata.get("resourceVersion", "")
        known = self._namespace_versions.get(name)
        if known is not None and version != known and not is_newer(version, known):
            return False
        if self._ended_namespaces.knows_of(name, version):
            return False
        self._namespace_versions[name] = version
        found = Namespace(
            metadata=NamespaceMeta(
                name=metadata["name"],
                uid=metadata.get("uid", ""),
                labels=metadata.get("labels") or {},
            )
        )
        before = self._namespaces.get(found.metadata.name)
        self._namespaces[found.metadata.name] = found
        return before != found

    def drop_namespace(self, name: str, version: str | None = None) -> bool:
        """Forget a namespace; tell whether it was known.

        Args:
            name: Its name.
            version: Of its deletion; None if that isn't known.
        """
        if version is not None:
            known = self._namespace_versions.get(name)
            if known is not None and is_newer(known, version):
                return False  # another one of that name is known already
            self._ended_namespaces.note(name, version)
        self._namespace_versions.pop(name, None)
        return self._namespaces.pop(name, None) is not None

    def forget_ended(self) -> None:
        """Forget what ended so long ago that no older news of it can be on the way."""
        self._ended.forget()
        self._ended_namespaces.forget()

    def record(self, which: ObjectId) -> Record | None:
        """Return an object; None if there is none."""
        return self._records.get(which)

    def __contains__(self, which: object) -> bool:
        return which in self._records

    def __iter__(self) -> Iterator[ObjectId]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def of_kind(self, kind: Kind) -> Iterator[Record]:
        """All objects of a kind."""
        return (record for record in self._records.values() if record.id.kind is kind)

    def counts(self) -> Mapping[Kind, int]:
        """How many objects of each kind there are."""
        found = dict.fromkeys(Kind, 0)
        for which in self._records:
            found[which.kind] += 1
        return found

    def users(self, which: ObjectId) -> Set[ObjectId]:
        """Who refers to an object, whether that is there or not."""
        return self._users.get(which, frozenset())

    def within(self, namespace: str) -> Set[ObjectId]:
        """The objects of a namespace."""
        return self._within.get(namespace, frozenset())

    def naming(self, secret: ObjectKey) -> Set[ObjectId]:
        """Who names a Secret."""
        return self._naming.get(secret, frozenset())

    @property
    def namespaces(self) -> Mapping[str, Namespace]:
        """The namespaces by name."""
        return MappingProxyType(self._namespaces)

    def _link(self, record: Record) -> None:
        self._records[record.id] = record
        self._within[record.id.key.namespace].add(record.id)
        for target in record.refers:
            self._users[target].add(record.id)
        if record.secret is not None:
            self._naming[record.secret].add(record.id)

    def _unlink(self, record: Record) -> None:
        _discard(self._within, record.id.key.namespace, record.id)
        for target in record.refers:
            _discard(self._users, target, record.id)
        if record.secret is not None:
            _discard(self._naming, record.secret, record.id)


def _discard(index: defaultdict[K, set[ObjectId]], key: K, which: ObjectId) -> None:
    found = index[key]
    found.discard(which)
    if not found:
        del index[key]
