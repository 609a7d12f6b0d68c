"""The store that forgets: the port's fake, and the shortest description of what a store must do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import count, islice

from acme_server.domain.documents.document import Kind
from acme_server.ports import AlreadyExists, Conflict, Record, Select, Selection, Stored

#: What each selection means: whether a record is in it, given the selection's value.
_MATCHES: dict[Select, Callable[[Record, str], bool]] = {
    Select.EVERYTHING: lambda _record, _value: True,
    Select.OWNED_BY: lambda record, value: record.owner == value,
    Select.PENDING_WORK: lambda record, value: record.work == value,
    Select.DUE_BEFORE: lambda record, value: record.due is not None and record.due < value,
}


class MemoryStore:
    """A `Store` in a dictionary.

    Each verb gives way to other tasks once before it acts, so that callers interleave here as they
    do on a store that takes its time.
    """

    def __init__(self) -> None:
        self._documents: dict[tuple[Kind, str], Stored] = {}
        # Never reused, so that a document made anew doesn't carry a version of its predecessor.
        self._versions = count(1)

    async def get(self, kind: Kind, id: str) -> Stored | None:  # noqa: A002
        """Return the current document, or None."""
        await asyncio.sleep(0)
        return self._documents.get((kind, id))

    async def create(self, record: Record) -> str:
        """Keep a new document and return its version; raise `AlreadyExists`."""
        await asyncio.sleep(0)
        if (record.kind, record.id) in self._documents:
            raise AlreadyExists(f"the {record.kind} {record.id} is there already")
        return self._put(record)

    async def replace(self, record: Record, version: str) -> str:
        """Keep a document over `version` and return the new one; raise `Conflict`."""
        await asyncio.sleep(0)
        self._expect(record.kind, record.id, version)
        return self._put(record)

    async def delete(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
        """Forget a document at `version`; raise `Conflict`."""
        await asyncio.sleep(0)
        self._expect(kind, id, version)
        del self._documents[kind, id]

    async def scan(self, selection: Selection) -> AsyncIterator[Stored]:
        """Yield the documents of a selection in order of their ids."""
        matches = _MATCHES[selection.select]
        found = (
            self._documents[key]
            for key in sorted(self._documents)
            if key[0] is selection.kind
            and key[1] > selection.after
            and matches(self._documents[key].record, selection.value)
        )
        for stored in tuple(islice(found, selection.limit)):
            await asyncio.sleep(0)
            yield stored

    def _put(self, record: Record) -> str:
        version = str(next(self._versions))
        self._documents[record.kind, record.id] = Stored(record, version)
        return version

    def _expect(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
        stored = self._documents.get((kind, id))
        if stored is None or stored.version != version:
            raise Conflict(f"the {kind} {id} is not at version {version} any more")
