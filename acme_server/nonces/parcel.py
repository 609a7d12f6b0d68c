"""One incarnation on its way to another replica: its identity and its rings, compressed.

No key is in it: the receiver derives that from the shared key and the identity.
"""

import struct
import zlib

from acme_server.nonces.packing import LARGEST as LARGEST_RINGS
from acme_server.nonces.packing import unpacked
from acme_server.nonces.rings import Rings
from acme_server.nonces.seal import IDENTITY_BYTES

#: Bytes of a parcel at most: rings that can't be compressed at all grow by a little (RFC 1951).
LARGEST = IDENTITY_BYTES + LARGEST_RINGS + 4096


class ParcelDamaged(Exception):
    """The bytes are no parcel."""


def wrapped(identity: bytes, content: bytes) -> bytes:
    """Return the parcel of an incarnation and its rings as `packing.packed` gives them."""
    return identity + zlib.compress(content, level=1)


def unwrapped(parcel: bytes) -> tuple[bytes, Rings]:
    """Return an incarnation's identity and its rings; raise `ParcelDamaged`."""
    identity, rest = parcel[:IDENTITY_BYTES], parcel[IDENTITY_BYTES:]
    decompression = zlib.decompressobj()
    try:
        content = decompression.decompress(rest, LARGEST_RINGS + 1)
        rings, left = unpacked(memoryview(content))
    except (zlib.error, struct.error, ValueError) as error:
        raise ParcelDamaged(f"its content makes no sense: {error}") from error
    if left or not decompression.eof or decompression.unused_data:
        raise ParcelDamaged("there is more in it than rings")
    return identity, rings
