"""The server's TLS, and what is published for its clients to trust."""
