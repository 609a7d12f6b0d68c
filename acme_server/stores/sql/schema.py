"""The one table, as SQLAlchemy Core. Any change here needs a migration; a test compares the two."""

from sqlalchemy import Column, Index, LargeBinary, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

# Ids are compared byte by byte on every engine, so that all scan in the same order.
_WORD: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")

metadata = MetaData()

documents = Table(
    "documents",
    metadata,
    Column("kind", _WORD, primary_key=True),
    Column("id", _WORD, primary_key=True),
    Column("version", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("owner", _WORD),
    Column("work", _WORD),
    Column("due", _WORD),
)

# Each holds only the documents that carry the mark: next to none, for pending work.
for mark in ("owner", "work", "due"):
    marked = documents.c[mark].is_not(None)
    Index(
        f"documents_by_{mark}",
        documents.c.kind,
        documents.c[mark],
        documents.c.id,
        sqlite_where=marked,
        postgresql_where=marked,
    )
