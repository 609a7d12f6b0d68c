"""Files that a crash can't tear: written whole, synchronised, renamed; or written once, for keys.

Folders are made with mode 0700 and files with 0600. What a crash leaves half written has a name of
its own and is swept at the next start.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_UNFINISHED: Final = ".unfinished-"


class FileExists(Exception):
    """A file that is written once is there already; it was left as it is."""


class Files:
    """The files below one folder, by relative path such as `trust/serving-ca.pem`.

    Args:
        root: The folder; it exists.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        """Return a file's content, None without such a file."""
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def names(self, path: str) -> tuple[str, ...]:
        """Return the sorted names of a folder's finished members; none without such a folder."""
        try:
            found = os.listdir(self.root / path)
        except FileNotFoundError:
            return ()
        return tuple(sorted(name for name in found if not name.startswith(_UNFINISHED)))

    def put(self, path: str, content: bytes) -> bool:
        """Write a file whole over what was there; return False where it holds just that."""
        if self.read(path) == content:
            return False
        target = self._with_folder(path)
        with _written(target.parent, content) as finished:
            finished.replace(target)
        _synchronise(target.parent)
        return True

    def put_once(self, path: str, content: bytes) -> None:
        """Write a file that must not be there yet.

        Raises:
            FileExists: It is, whatever it holds.
        """
        target = self._with_folder(path)
        with _written(target.parent, content) as finished:
            try:
                # Unlike a rename, a hard link never replaces.
                target.hardlink_to(finished)
            except FileExistsError:
                raise FileExists(f"{target} is there already and is never overwritten") from None
        _synchronise(target.parent)

    def remove(self, path: str) -> bool:
        """Remove a file, and folders that this leaves empty; return False if it wasn't there."""
        target = self.root / path
        try:
            target.unlink()
        except FileNotFoundError:
            return False
        _synchronise(target.parent)
        for folder in target.relative_to(self.root).parents[:-1]:
            with suppress(OSError):
                (self.root / folder).rmdir()
        return True

    def sweep(self) -> None:
        """Remove what crashes left half written."""
        for unfinished in self.root.rglob(f"{_UNFINISHED}*"):
            unfinished.unlink(missing_ok=True)

    def _with_folder(self, path: str) -> Path:
        target = self.root / path
        for folder in reversed(target.relative_to(self.root).parents[:-1]):
            with suppress(FileExistsError):
                (self.root / folder).mkdir(mode=0o700)
                _synchronise((self.root / folder).parent)
        return target


@contextmanager
def _written(folder: Path, content: bytes) -> Iterator[Path]:
    """Give the path of a synchronised file with this content, that goes unless it is renamed."""
    handle, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=folder)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _synchronise(folder: Path) -> None:
    """Make a folder's list of names durable: a rename is not before this."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
