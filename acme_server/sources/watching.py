"""Noticing that documents changed, by looking: names, times, sizes and, while fresh, contents."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})

_Marks: TypeAlias = tuple[tuple[str, int, int, int, int], ...]


class Watch:
    """Looks at the documents of a folder, each time it is asked.

    A change counts once two looks in a row have found the same contents: an editor or a checkout
    may empty a file before it writes it, and what stood in it must not be taken for deleted. Marks
    alone don't settle it either, since a second write within the resolution of the file system's
    clock leaves them as they are.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._marks: _Marks | None = None
        self._digest = b""
        self._reported: bytes | None = None

    def changed(self) -> bool:
        """Tell whether the documents are others than when last told; True at the first look."""
        marks = tuple(_marks(self._folder))
        if marks == self._marks and self._digest == self._reported:
            return False
        digest = _digest(marks)
        steady = self._reported is None or digest == self._digest
        self._marks, self._digest = marks if steady else None, digest
        if not steady or digest == self._reported:
            return False
        self._reported = digest
        return True


def _marks(folder: Path) -> Iterator[tuple[str, int, int, int, int]]:
    yield (str(folder), int(folder.is_dir()), 0, 0, 0)
    found = [
        Path(parent, name)
        for parent, folders, files in _walk(folder)
        for name in files
        if Path(name).suffix in _SUFFIXES and not name.startswith(".")
    ]
    for path in sorted(found):
        try:
            stat = path.stat()
        except OSError:
            yield (str(path), 0, 0, 0, 0)
        else:
            yield (str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def _walk(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield parent, folders, files


def _digest(marks: _Marks) -> bytes:
    digest = hashlib.sha256()
    for name, *_ in marks:
        try:
            # Whoever reads a pipe waits for a writer; that it is no file is told when loading.
            found = b"" if Path(name).is_fifo() else Path(name).read_bytes()
            content = hashlib.sha256(found).hexdigest()
        except OSError as error:
            content = str(error.errno)
        digest.update(f"{name}\0{content}\n".encode("utf-8", "surrogateescape"))
    return digest.digest()
