"""Bringing a database to this version's schema, or saying why that can't be."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from acme_server.stores.sql.errors import DatabaseUnusable

_LOCATION = "acme_server.stores.sql:migrations"


def upgrade(connection: Connection, path: Path, location: str = _LOCATION) -> None:
    """Run the revisions that the database lacks, within the connection's transaction.

    `path` is for the messages. Raises `DatabaseUnusable` for one with a revision that isn't known
    here, and for one that some other program filled.
    """
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", location)
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    heads = MigrationContext.configure(connection).get_current_heads()
    if unknown := set(heads) - known:
        raise DatabaseUnusable(
            f"the database {path} was written by a newer Certwright: its schema is revision "
            f"{', '.join(sorted(unknown))}, and this one knows those up to "
            f"{scripts.get_current_head()}. Run the newer one, or restore an older backup"
        )
    if tables := [] if heads else inspect(connection).get_table_names():
        raise DatabaseUnusable(
            f"the database {path} belongs to another program: it holds the tables "
            f"{', '.join(sorted(tables))} and no revision of Certwright's"
        )
    command.upgrade(config, "head")
