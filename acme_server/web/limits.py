"""How much and how long a client may send, so that none of them can hold a worker."""

from dataclasses import dataclass

#: Far above any ACME request: a finalize with an RSA-8192 key and a hundred names takes 12 KiB.
LARGEST_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds.

    `idle` bounds a connection's waiting for a whole request head: the first, a slow, the next.
    `body` bounds the reading of a body, `handshake` that of TLS, `lingering` how long the rest of a
    refused body is read and thrown away so that the client sees the answer.
    """

    body_bytes: int = LARGEST_BODY
    body: float = 15.0
    idle: float = 60.0
    handshake: float = 10.0
    lingering: float = 5.0
