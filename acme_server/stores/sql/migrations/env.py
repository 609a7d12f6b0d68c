"""What Alembic runs to migrate: over the connection, and in the transaction, of its caller."""

from alembic import context

from acme_server.stores.sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can't alter a table in place; Alembic copies it in one go instead.
    render_as_batch=True,
)
context.run_migrations()
