"""A store whose writes go wrong on demand: the writer dies, or the answer never comes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import TypeVar

from acme_server.domain.documents.document import Kind
from acme_server.ports import Record, Selection, Store, Stored, StoreUnavailable

T = TypeVar("T")


class Fault(StrEnum):
    """What goes wrong with one write."""

    KILLED_BEFORE = "the writer dies before the write lands"
    KILLED_AFTER = "the writer dies after the write landed"
    LOST = "the write times out and does not land"
    ANSWER_LOST = "the write times out but landed"


class WriterKilled(BaseException):
    """The writer is dead. No `except Exception` of the code under test outlives its own death."""


class FaultyStore:
    """A `Store` around another one that lets chosen writes fail.

    `faults` says what happens to which write; the first is number 1. Once the writer was killed,
    every further verb kills it again: the dead do nothing. Survivors use the store underneath.
    """

    def __init__(self, store: Store, faults: Mapping[int, Fault] | None = None) -> None:
        self.store = store
        self.faults = dict(faults or {})
        #: How many writes were begun.
        self.writes = 0
        #: While True, every read raises `StoreUnavailable`.
        self.reads_fail = False
        self._dead = False

    async def get(self, kind: Kind, id: str) -> Stored | None:  # noqa: A002
        """Read from the store underneath."""
        self._check_alive()
        self._check_readable()
        return await self.store.get(kind, id)

    async def create(self, record: Record) -> str:
        """Create, or fail as planned."""
        return await self._write(partial(self.store.create, record))

    async def replace(self, record: Record, version: str) -> str:
        """Replace, or fail as planned."""
        return await self._write(partial(self.store.replace, record, version))

    async def delete(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
        """Delete, or fail as planned."""
        await self._write(partial(self.store.delete, kind, id, version))

    async def scan(self, selection: Selection) -> AsyncIterator[Stored]:
        """Scan the store underneath."""
        self._check_alive()
        self._check_readable()
        async for stored in self.store.scan(selection):
            yield stored

    async def _write(self, write: Callable[[], Awaitable[T]]) -> T:
        self._check_alive()
        self.writes += 1
        fault = self.faults.get(self.writes)
        if fault is None:
            return await write()
        if fault in {Fault.KILLED_AFTER, Fault.ANSWER_LOST}:
            await write()
        self._dead = fault in {Fault.KILLED_BEFORE, Fault.KILLED_AFTER}
        self._check_alive()
        raise StoreUnavailable(str(fault))

    def _check_alive(self) -> None:
        if self._dead:
            raise WriterKilled

    def _check_readable(self) -> None:
        if self.reads_fail:
            raise StoreUnavailable("reads fail")
