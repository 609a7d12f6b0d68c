"""The operator's view of an API server, and how answers become it."""
