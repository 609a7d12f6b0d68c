"""The revisions of the database's schema, which Alembic runs when a store opens."""
