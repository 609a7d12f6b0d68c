"""Leases on a real API server."""
