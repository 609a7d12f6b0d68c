"""The documents and the three marks to select them by."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table and its indexes."""
    op.create_table(
        "documents",
        sa.Column("kind", _WORD, primary_key=True),
        sa.Column("id", _WORD, primary_key=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("owner", _WORD),
        sa.Column("work", _WORD),
        sa.Column("due", _WORD),
    )
    for mark in ("owner", "work", "due"):
        marked = sa.text(f"{mark} IS NOT NULL")
        op.create_index(
            f"documents_by_{mark}",
            "documents",
            ["kind", mark, "id"],
            sqlite_where=marked,
            postgresql_where=marked,
        )
