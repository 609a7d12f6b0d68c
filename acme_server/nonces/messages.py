"""What replicas tell each other, authenticated: bytes in, bytes out.

A message is a tag, the asker's challenge and a payload. The tag is HMAC-SHA256 (RFC 2104) under a
key derived from one that the replicas share, over which of the two it is, the path, the challenge
and the payload. An answer's tag covers the request's challenge, which is drawn anew for each, so no
recorded answer fits another request.

Nothing here is secret but the keys: who can listen between replicas sees nonces being used up and
bitmaps of those that were. A recorded request that is sent again can only use up a nonce that was
used up before; a hand-over can't be sent again at all, since it carries a ticket of its receiver.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

CHALLENGE_BYTES = 16
_TAG_BYTES = 32
OVERHEAD = _TAG_BYTES + CHALLENGE_BYTES
"""Bytes of a message beside its payload."""


class Unauthenticated(Exception):
    """The message is not of a holder of the key, or answers something else."""


class _Role(StrEnum):
    REQUEST = "request"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was checked, and the key that it was made with."""

    path: str
    challenge: bytes
    payload: bytes
    key: bytes = field(repr=False)


def request(key: bytes, path: str, challenge: bytes, payload: bytes) -> bytes:
    """Return a request to `path` with a fresh `challenge` of 16 bytes."""
    return _message(key, _Role.REQUEST, path, challenge, payload)


def answer(to: Request, payload: bytes) -> bytes:
    """Return the answer to a request."""
    return _message(to.key, _Role.ANSWER, to.path, to.challenge, payload)


def opened(keys: Iterable[bytes], path: str, message: bytes) -> Request:
    """Return the request that a message is, made with one of `keys`; raise `Unauthenticated`."""
    challenge, payload = message[_TAG_BYTES:OVERHEAD], message[OVERHEAD:]
    for key in keys:
        if hmac.compare_digest(_message(key, _Role.REQUEST, path, challenge, payload), message):
            return Request(path, challenge, payload, key)
    raise Unauthenticated("the request is not of a holder of the key")


def answered(key: bytes, path: str, challenge: bytes, message: bytes) -> bytes:
    """Return the payload of the answer to a request; raise `Unauthenticated`."""
    payload = message[OVERHEAD:]
    expected = _message(key, _Role.ANSWER, path, challenge, payload)
    if not hmac.compare_digest(expected, message):
        raise Unauthenticated("the answer is not of a holder of the key, or to another request")
    return payload


def _message(key: bytes, role: _Role, path: str, challenge: bytes, payload: bytes) -> bytes:
    # Neither word holds a zero byte and the challenge has a fixed length: no two read the same.
    head = f"{role}\0{path}\0".encode()
    return hmac.digest(key, head + challenge + payload, "sha256") + challenge + payload
