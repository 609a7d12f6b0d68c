"""The store's verbs as statements, compiled once from SQLAlchemy Core to an engine's SQL text.

Core costs more than the database does when it runs on each read (21 µs against 7), so the hot path
sees text and positional arguments only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, Dialect, bindparam, delete, select, true, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement, ColumnElement

from acme_server.ports import Select
from acme_server.stores.sql.schema import documents

#: What each selection means; `value` is the selection's.
_WHERE: dict[Select, ColumnElement[bool]] = {
    Select.EVERYTHING: true(),
    Select.OWNED_BY: documents.c.owner == bindparam("value"),
    Select.PENDING_WORK: documents.c.work == bindparam("value"),
    Select.DUE_BEFORE: documents.c.due < bindparam("value"),
}

#: What a selection's pages are ordered by: the id, in whose order an index of each selection
#: stands, but for a range of hours. There the plain id would draw the planner to the primary key,
#: and a sweep that finds nothing would read every live document (140 ms of 100,000, not 0.05 ms).
_ORDER: dict[Select, ColumnElement[str]] = {
    **dict.fromkeys(Select, documents.c.id),
    Select.DUE_BEFORE: documents.c.id.concat(""),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text, the names of its arguments in order, and the values of those that never change."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, object]

    def arguments(self, values: Mapping[str, object]) -> tuple[object, ...]:
        """Return the values in the text's order."""
        return tuple(
            values[name] if name in values else self.constants[name] for name in self.names
        )


@dataclass(frozen=True, slots=True)
class Statements:
    """All that a store says to its database.

    Rows come as (kind, id, version, body, owner, work, due). `create` takes these, `replace` also
    `expected`, `delete` (kind, id, expected); each changes one row or none. A scan takes kind,
    value, after and limit.
    """

    get: Statement
    create: Statement
    replace: Statement
    delete: Statement
    scan: Mapping[Select, Statement]


TRIAL: Final = (
    "REPLACE INTO documents (kind, id, version, body) VALUES ('trial', '', '', zeroblob(16384))",
    "DELETE FROM documents WHERE kind = 'trial'",
)
"""Writes that change nothing in the end, one commit each, with as many pages as an issuance takes.

Less would fit into a disk that has no room for that. The kind is nobody's, so that a row which a
crash leaves behind is never read, and the next trial takes its place.
"""


def for_sqlite() -> Statements:
    """Return the statements as SQLite takes them."""
    dialect = sqlite.dialect(paramstyle="qmark")
    create = sqlite.insert(documents).on_conflict_do_nothing()
    return _statements(dialect, create)


def _statements(dialect: Dialect, create: ClauseElement) -> Statements:
    """Compile what all engines share, and the create, which each spells in its own way."""
    table = documents.c
    this = (table.kind == bindparam("kind")) & (table.id == bindparam("id"))
    expected = this & (table.version == bindparam("expected"))
    written: dict[str, BindParameter[str]] = {
        name: bindparam(name) for name in ("version", "body", "owner", "work", "due")
    }
    return Statements(
        get=_compiled(select(documents).where(this), dialect),
        create=_compiled(create, dialect),
        replace=_compiled(update(documents).where(expected).values(written), dialect),
        delete=_compiled(delete(documents).where(expected), dialect),
        scan={each: _compiled(_page(each), dialect) for each in Select},
    )


def _page(selection: Select) -> ClauseElement:
    order = _ORDER[selection]
    return (
        select(documents)
        .where(documents.c.kind == bindparam("kind"), order > bindparam("after"))
        .where(_WHERE[selection])
        .order_by(order)
        .limit(bindparam("limit"))
    )


def _compiled(element: ClauseElement, dialect: Dialect) -> Statement:
    compiled: Any = element.compile(dialect=dialect)
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    return Statement(compiled.string, tuple(compiled.positiontup), constants)
