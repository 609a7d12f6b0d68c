"""The operator, as a process under its own roles, on a real API server."""
