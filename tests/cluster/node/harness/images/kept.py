"""Image archives that are made once for what they are made of, and kept for later runs."""

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.cluster.harness import programs
from tests.cluster.harness.building import Tell, locked

_OLDER_KEPT = 2
"""Archives of a name that stay beside a new one: other checkouts may be using them."""


def folder() -> Path:
    """Return the folder that keeps images."""
    return programs.cache_folder(os.environ) / "images"


def key(parts: Iterable[bytes]) -> str:
    """Return a name for what an image is made of."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:16]


def kept(name: str, of: str, make: Callable[[Path], None], tell: Tell) -> Path:
    """Return the archive `name` made of what the key `of` stands for, making it the first time.

    Args:
        make: writes the archive to the path that it is given.
        tell: is told what is made and how long it took.
    """
    archive = folder() / f"{name}-{of}.tar"
    if archive.is_file():
        return archive
    archive.parent.mkdir(parents=True, exist_ok=True)
    with locked(archive.parent / f"{name}.lock", tell):
        if not archive.is_file():
            tell(f"making the image {name} …")
            begun = time.monotonic()
            # Also of what else it was to be made of, by a run that was killed.
            for unfinished in archive.parent.glob(f"{name}-*.unfinished"):
                unfinished.unlink()
            unfinished = archive.with_suffix(".unfinished")
            try:
                make(unfinished)
                unfinished.rename(archive)
            finally:
                unfinished.unlink(missing_ok=True)
            tell(f"made the image {name} in {time.monotonic() - begun:.0f} s")
            _forget_older(name)
    return archive


def _forget_older(name: str) -> None:
    older = sorted(folder().glob(f"{name}-{'?' * 16}.tar"), key=lambda path: path.stat().st_mtime)
    for archive in older[: -_OLDER_KEPT - 1]:
        archive.unlink(missing_ok=True)
