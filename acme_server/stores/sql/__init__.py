"""Documents in an SQL database: one table, six statements, single-document transactions.

`schema` and `statements` are SQLAlchemy Core and know no engine; `migrations` brings a database to
the schema; `sqlite` is the store for one server with a disk.
"""
