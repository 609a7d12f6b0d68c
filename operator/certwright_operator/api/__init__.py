"""The API server as the operator sees it: a port, its implementation, and Events."""
