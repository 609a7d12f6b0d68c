"""The server in a cluster, on a real API server, without clients."""
