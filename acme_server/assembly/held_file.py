"""One process a file: a lock that ends with its process, however that ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LONGEST = 253


class HeldElsewhere(Exception):
    """Another process holds the file.

    Args:
        holder: What that one wrote into it; empty if nothing.
    """

    def __init__(self, holder: str) -> None:
        super().__init__(holder or "unknown")
        self.holder = holder


@contextmanager
def held(file: Path, holder: str) -> Iterator[None]:
    """Hold a file, which is made if need be, against other processes until the end of the block.

    Args:
        file: The file; it stays behind.
        holder: Written into it, for those who find it held.

    Raises:
        HeldElsewhere: Another process holds it.
        OSError: It can't be made or written to.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle, holder)
        yield
    finally:
        os.close(handle)


def _take(handle: int, holder: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise HeldElsewhere(os.read(handle, _LONGEST).decode("ascii", "replace").strip()) from None
    os.ftruncate(handle, 0)
    os.write(handle, f"{holder}\n".encode("ascii", "replace"))
