import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import NullPool, create_engine

from acme_server.stores.sql.errors import DatabaseUnusable
from acme_server.stores.sql.schema import metadata
from acme_server.stores.sql.sqlite import SQLiteStore
from tests.service.stores.contract import order


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "certwright.db"


def run(path: Path, *statements: str) -> list[str]:
    """Run statements and return the SQL of all that is in the database then."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
        rows = connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
    return [sql for (sql,) in rows if sql]


async def test_the_revisions_lead_to_the_schema(path: Path) -> None:
    await SQLiteStore.open(path).close()
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    # What the comparison doesn't look at: the conditions of the indexes.
    migrated = [sql for sql in run(path) if sql.startswith("CREATE INDEX")]
    created = create_engine(f"sqlite:///{path}.new", poolclass=NullPool)
    metadata.create_all(created)
    fresh = [sql for sql in run(Path(f"{path}.new")) if sql.startswith("CREATE INDEX")]
    assert migrated == fresh
    assert len(fresh) == 3


async def test_a_database_without_revisions_is_brought_up(path: Path) -> None:
    assert run(path) == []
    store = SQLiteStore.open(path)
    assert await store.create(order())
    await store.close()


async def test_a_newer_database_is_refused_and_left_alone(path: Path) -> None:
    await SQLiteStore.open(path).close()
    before = run(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseUnusable, match=r"newer Certwright.* revision 9999.* up to 0001"):
        SQLiteStore.open(path)
    assert run(path) == before


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    run(path, "CREATE TABLE bookmarks (url)")
    content = path.read_bytes()
    with pytest.raises(DatabaseUnusable, match=r"another program.*bookmarks"):
        SQLiteStore.open(path)
    assert path.read_bytes() == content


async def test_an_upgrade_that_fails_changes_nothing(path: Path) -> None:
    await SQLiteStore.open(path).close()
    # The revision's table and first index can be made; its second can't.
    before = run(
        path,
        "DELETE FROM alembic_version",
        "DROP TABLE documents",
        "CREATE TABLE documents_by_work (id)",
    )
    with pytest.raises(DatabaseUnusable, match="documents_by_work"):
        SQLiteStore.open(path)
    assert run(path) == before
