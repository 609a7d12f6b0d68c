"""Typed documents over a store, and the end of every doubt about a write's outcome.

Each write carries an operation of its own, random. When a write meets a document that it didn't
expect, or its answer gets lost, the document is read again: if it carries this operation, the write
landed and all is well. Without this, a finalize whose first try timed out would refuse its own
success.
"""

import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import from_json

from acme_server.domain.documents.document import SCHEMA, Document
from acme_server.domain.problems import ACMEError, ErrorType, refuse, unavailable
from acme_server.ports import (
    AlreadyExists,
    Conflict,
    Randomness,
    Record,
    Select,
    Selection,
    Store,
    Stored,
    StoreForbidden,
    StoreUnavailable,
)

D = TypeVar("D", bound=Document)

_log = logging.getLogger(__name__)

#: How often a change is tried against others' changes before the client is asked to come back.
MAX_ATTEMPTS = 16

#: Documents that `scan_all` asks the store for at a time.
PAGE = 500

#: Seconds after which it may be worth asking again for what a person has to mend.
_MENDED_BY_PEOPLE = 60

#: Random bytes in an operation's name: no two writes to one document ever share one.
OPERATION_BYTES = 12

#: Ids are object names on Kubernetes too, so no id outside of this can exist. What a client sends
#: in a URL needs no other check before it is asked for.
_POSSIBLE_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,252}")


@dataclass(frozen=True, slots=True)
class Versioned(Generic[D]):
    """A document and the version it was read or written at."""

    document: D
    version: str


class Unreadable(ACMEError):
    """A document is damaged, or was written by a newer server than this one."""


class Documents:
    """The documents of a store, as models.

    Every verb raises a 503 problem when the store can't be reached or refuses this server, when a
    write's outcome can't be known, and when a document was written by a newer server than this one.
    """

    def __init__(
        self,
        store: Store,
        randomness: Randomness,
        seen: Callable[[datetime | None], None] = lambda _written: None,
    ) -> None:
        """Take a store; `seen` is told when each document that is read was written."""
        self._store = store
        self._randomness = randomness
        self._seen = seen

    async def get(self, model: type[D], id: str) -> Versioned[D] | None:  # noqa: A002
        """Return the current document, or None when there is none of this id or can't be."""
        if not _POSSIBLE_ID.fullmatch(id):
            return None
        try:
            stored = await self._store.get(model.kind, id)
        except StoreUnavailable as error:
            raise _unreachable(error) from error
        if stored is None:
            return None
        found = _parsed(model, stored)
        self._seen(found.document.written)
        return found

    async def create(self, document: D) -> Versioned[D]:
        """Store a new document, as returned, with its operation; raise `AlreadyExists`."""
        marked = self._marked(document)
        try:
            return Versioned(marked, await self._store.create(_record(marked)))
        except StoreForbidden as error:
            raise _not_allowed("write") from error
        except (AlreadyExists, StoreUnavailable) as error:
            found = await self._found_mine(marked)
            if isinstance(found, Versioned):
                return found
            if found is None and isinstance(error, StoreUnavailable):
                raise _outcome_unknown() from error
            raise AlreadyExists(f"the {document.kind} {document.id} is there already") from error

    async def replace(self, read: Versioned[D], document: D) -> Versioned[D]:
        """Store `document` over the one that was read; raise `Conflict` if that one has changed."""
        marked = self._marked(document)
        try:
            return Versioned(marked, await self._store.replace(_record(marked), read.version))
        except StoreForbidden as error:
            raise _not_allowed("write") from error
        except (Conflict, StoreUnavailable) as error:
            found = await self._found_mine(marked)
            if isinstance(found, Versioned):
                return found
            if found == read.version and isinstance(error, StoreUnavailable):
                raise _outcome_unknown() from error
            raise Conflict(f"the {document.kind} {document.id} has changed") from error

    async def delete(self, read: Versioned[D]) -> None:
        """Remove the document that was read; raise `Conflict` if it has changed.

        One that is gone already is no conflict: what was asked for has come about.
        """
        document = read.document
        try:
            await self._store.delete(document.kind, document.id, read.version)
        except StoreForbidden as error:
            raise _not_allowed("write") from error
        except (Conflict, StoreUnavailable) as error:
            found = await self.get(type(document), document.id)
            if found is None:
                return
            if found.version == read.version:
                raise _outcome_unknown() from error
            raise Conflict(f"the {document.kind} {document.id} has changed") from error

    async def change(
        self,
        model: type[D],
        id: str,  # noqa: A002
        change: Callable[[D], D | None],
    ) -> Versioned[D] | None:
        """Read a document, let `change` make another of it, store that and return what is stored.

        `change` is asked again about the newer document whenever another writer came first, so it
        decides and has no effects. It returns None to leave the document as it is. The result is
        None when there is no such document.
        """
        for _ in range(MAX_ATTEMPTS):
            read = await self.get(model, id)
            if read is None:
                return None
            changed = change(read.document)
            if changed is None or changed is read.document:
                return read
            try:
                return await self.replace(read, changed)
            except Conflict:
                continue
        raise unavailable("Too many requests are changing the same thing at once; try again.")

    async def scan(
        self,
        model: type[D],
        select: Select = Select.EVERYTHING,
        value: str = "",
        *,
        after: str = "",
        limit: int = 1000,
    ) -> AsyncIterator[Versioned[D]]:
        """Yield at most `limit` documents of a selection in order of their ids, from `after` on.

        Arguments as `acme_server.ports.Selection` has them; `hour` renders a time for `DUE_BEFORE`.
        """
        selection = Selection(model.kind, select, value, after, limit)
        try:
            async for stored in self._store.scan(selection):
                yield _parsed(model, stored)
        except StoreUnavailable as error:
            raise _unreachable(error) from error

    async def scan_all(
        self, model: type[D], select: Select = Select.EVERYTHING, value: str = ""
    ) -> AsyncIterator[Versioned[D]]:
        """Yield all documents of a selection in order of their ids, but for those it can't read.

        What can't be read is told in the log: one document must not hide the others.
        """
        after, more = "", True
        while more:
            selection = Selection(model.kind, select, value, after, PAGE)
            try:
                page = [stored async for stored in self._store.scan(selection)]
            except StoreUnavailable as error:
                raise _unreachable(error) from error
            for stored in page:
                try:
                    yield _parsed(model, stored)
                except ACMEError as error:
                    _log.warning("%s (%s %s)", error, model.kind, stored.record.id)
            more = len(page) == PAGE
            after = page[-1].record.id if page else after

    async def sample(self, model: type[D], limit: int) -> AsyncIterator[Versioned[D]]:
        """Yield the first documents of a kind that can be read."""
        try:
            async for stored in self._store.scan(Selection(model.kind, limit=limit)):
                with suppress(Unreadable):
                    yield _parsed(model, stored)
        except StoreUnavailable as error:
            raise _unreachable(error) from error

    async def exists(self, model: type[D], id: str) -> bool:  # noqa: A002
        """Return whether there is a document, readable or not."""
        try:
            return await self._store.get(model.kind, id) is not None
        except StoreUnavailable as error:
            raise _unreachable(error) from error

    async def any_of(self, model: type[D], select: Select, value: str) -> bool:
        """Return whether there is a document of a selection, readable or not."""
        try:
            async for _ in self._store.scan(Selection(model.kind, select, value, limit=1)):
                return True
        except StoreUnavailable as error:
            raise _unreachable(error) from error
        return False

    def _marked(self, document: D) -> D:
        """Return the document under a fresh operation and today's schema."""
        if not _POSSIBLE_ID.fullmatch(document.id):
            raise ValueError(f"{document.id!r} can't be the id of a document")
        operation = self._randomness.token(OPERATION_BYTES).hex()
        return document.but(last_operation=operation, schema_version=SCHEMA)

    async def _found_mine(self, written: D) -> Versioned[D] | str | None:
        """Return the stored document if it is the one written, else its version, else None.

        This looks at the operation only: a document by a newer server is another's, not unreadable.
        """
        try:
            stored = await self._store.get(written.kind, written.id)
        except StoreUnavailable as error:
            raise _outcome_unknown() from error
        if stored is None:
            return None
        if _members(stored).get("lastOperation") == written.last_operation:
            return Versioned(written, stored.version)
        return stored.version


def hour(moment: datetime) -> str:
    """Return the hour that an aware time lies in, as selections know it: `2026-11-23T17Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%HZ")


def _record(document: Document) -> Record:
    return Record(
        kind=document.kind,
        id=document.id,
        # A copy with changes was never validated: what doesn't fit its model must not be stored.
        body=document.model_dump_json(by_alias=True, warnings="error").encode(),
        owner=document.owner,
        work=document.work,
        due=None if document.due is None else hour(document.due),
    )


def _parsed(model: type[D], stored: Stored) -> Versioned[D]:
    """Return a stored document as its model, unless a newer server wrote it."""
    try:
        document = model.model_validate_json(stored.record.body)
    except ValidationError as error:
        raise _unreadable(stored) from error
    if document.schema_version > SCHEMA:
        raise _unreadable(stored)
    return Versioned(document, stored.version)


def _members(stored: Stored) -> dict[str, Any]:
    """Return a document's members, whatever their schema; none if it isn't an object."""
    try:
        members = from_json(stored.record.body)
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}


def _unreadable(stored: Stored) -> Unreadable:
    told = _why_unreadable(stored)
    return Unreadable(told.problem, retry_after=told.retry_after)


def _why_unreadable(stored: Stored) -> ACMEError:
    """Say why a document can't be read. One that fits no model may be newer rather than damaged."""
    kind, schema = stored.record.kind, _members(stored).get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        return unavailable(
            f"The {kind} was written by a newer server (schema {schema}; this one knows {SCHEMA}). "
            "The servers are being updated; try again."
        )
    detail = f"The stored {kind} {stored.record.id} can't be read."
    return refuse(ErrorType.SERVER_INTERNAL, detail, HTTPStatus.INTERNAL_SERVER_ERROR)


def _unreachable(error: StoreUnavailable) -> ACMEError:
    if isinstance(error, StoreForbidden):
        return _not_allowed("read")
    return unavailable("The server's storage can't be reached now; try again.")


def _not_allowed(verb: str) -> ACMEError:
    """Return the error for what waits for a person; the rule is told in the log."""
    return unavailable(
        f"This server isn't allowed to {verb} its state; whoever runs it has to mend that.",
        _MENDED_BY_PEOPLE,
    )


def _outcome_unknown() -> ACMEError:
    return unavailable("The server's storage didn't say whether it kept the change; try again.")
