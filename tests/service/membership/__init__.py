"""Who is alive, without an API server."""
