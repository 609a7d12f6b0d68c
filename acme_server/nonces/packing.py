"""Rings as bytes: what one process knows of its nonces, for another."""

import struct

from acme_server.nonces.ring import RING_SIZE, Ring
from acme_server.nonces.rings import Rings

#: Of a ring: its size, the next counter and the bytes of bitmap that follow.
_RING = struct.Struct(">QQQ")

#: How many bytes any rings take at most.
LARGEST = 2 * (_RING.size + RING_SIZE // 8)


def packed(rings: Rings) -> bytes:
    """Return rings as bytes."""
    parts = bytearray()
    for ring in (rings.anonymous, rings.authenticated):
        used = ring.used()
        parts += _RING.pack(ring.size, ring.next, len(used)) + used
    return bytes(parts)


def unpacked(content: memoryview) -> tuple[Rings, memoryview]:
    """Return the rings that stand first, and what stands behind them.

    Raises ValueError or `struct.error` for what `packed` never returns.
    """
    anonymous, rest = _ring(content)
    authenticated, rest = _ring(rest)
    return Rings(anonymous, authenticated), rest


def _ring(content: memoryview) -> tuple[Ring, memoryview]:
    size, following, length = _RING.unpack_from(content)
    used, rest = content[_RING.size :][:length], content[_RING.size + length :]
    if size > RING_SIZE:
        raise ValueError(f"a ring has {RING_SIZE} counters at most, not {size}")
    return Ring.restore(size, following, bytes(used)), rest
