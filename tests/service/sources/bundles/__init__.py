"""Bundles by watch, from a fake API server."""
