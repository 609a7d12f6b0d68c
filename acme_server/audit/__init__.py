"""The audit log's adapters: beside the other logs, or in a file of its own.

Both write the same members. Neither stops what it tells of: see `docs/architecture.md`.
"""
