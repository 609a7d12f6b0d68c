"""ACME on the wire: bytes in, values out, and domain values rendered as JSON objects (RFC 8555).

Nothing here does I/O, reads a clock or knows HTTP beyond its status codes. Whatever a client may
have sent, the only exception that leaves this package is `acme_server.domain.problems.ACMEError`.
"""
