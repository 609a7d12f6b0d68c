"""What one process leaves for the next: its incarnations as bytes, and the file that holds them.

The file can be taken once. It is gone from the disk before anything of it is used, so that no nonce
is accepted twice, whenever the process dies. It holds keys (of nonces only) and has mode 0600.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from acme_server.nonces.incarnation import Incarnation
from acme_server.nonces.packing import packed, unpacked
from acme_server.nonces.seal import IDENTITY_BYTES, KEY_BYTES, Seal

#: What the file begins with; another number is another format.
_MAGIC = b"certwright nonces 1\n"
_DIGEST_BYTES = sha256().digest_size
_INCARNATION = struct.Struct(f">{IDENTITY_BYTES}s{KEY_BYTES}s")


class HandOverDamaged(Exception):
    """The bytes are not what a process handed over."""


def encode(incarnations: Iterable[Incarnation]) -> bytes:
    """Return incarnations as bytes: a magic line, the digest of the rest, and the rest."""
    parts = bytearray()
    for each in incarnations:
        parts += _INCARNATION.pack(each.seal.identity, each.seal.key) + packed(each.rings)
    return _MAGIC + sha256(parts).digest() + parts


def decode(content: bytes) -> list[Incarnation]:
    """Return the incarnations of `encode`; raise `HandOverDamaged`."""
    if not content.startswith(_MAGIC):
        raise HandOverDamaged("it does not begin as a file of nonces does")
    digest, rest = content[len(_MAGIC) :][:_DIGEST_BYTES], content[len(_MAGIC) + _DIGEST_BYTES :]
    if sha256(rest).digest() != digest:
        raise HandOverDamaged("its digest does not match its content")
    try:
        return list(_incarnations(memoryview(rest)))
    except (struct.error, ValueError) as error:
        raise HandOverDamaged(f"its content makes no sense: {error}") from error


def write(path: Path, content: bytes) -> None:
    """Put the file in place whole, durably, for this user's eyes only; raise OSError."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    new.rename(path)
    _sync_folder(path)


def take(path: Path) -> bytes | None:
    """Read the file and remove it durably, then return what it held; None without one.

    Raises OSError; then nothing of it may be used.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    path.unlink()
    _sync_folder(path)
    return content


def _incarnations(rest: memoryview) -> Iterator[Incarnation]:
    while rest:
        identity, key = _INCARNATION.unpack_from(rest)
        rings, rest = unpacked(rest[_INCARNATION.size :])
        yield Incarnation(Seal(identity, key), rings)


def _sync_folder(path: Path) -> None:
    """Make what happened to a name durable: a rename or removal is a write to its folder."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
