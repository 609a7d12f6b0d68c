"""The operator's way to a real API server: requests, watches, and the Lease."""
