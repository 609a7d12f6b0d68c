"""Files that others replace while the server runs: the kubelet a token, the cluster its CA."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class ReadAgain(Generic[T]):
    """A value made from files, made anew when one of them has changed.

    Args:
        files: the files; without any, the value is made once.
        read: makes the value, from the files as they are then.
    """

    def __init__(self, files: Sequence[Path], read: Callable[[], T]) -> None:
        self._files = tuple(files)
        self._read = read
        self._made: tuple[object, T] | None = None

    def current(self) -> T:
        """Return the value; raise OSError and whatever `read` does."""
        seen = tuple(_identity(each) for each in self._files)
        if self._made is None or self._made[0] != seen:
            self._made = seen, self._read()
        return self._made[1]


def _identity(path: Path) -> tuple[int, int, int]:
    status = os.stat(path)
    return status.st_ino, status.st_mtime_ns, status.st_size
