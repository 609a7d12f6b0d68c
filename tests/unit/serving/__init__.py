"""The server's own TLS, as it is planned."""
