"""The control groups of a run's own, below which kubelet puts all pods."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

_ENOUGH = 20
_PAUSE = 0.1
_MOUNTS = Path("/proc/self/mounts")


@dataclass(frozen=True, slots=True)
class Cgroup:
    """A group of this name in every hierarchy of the machine: version 1, version 2, or both."""

    name: str

    def make(self) -> None:
        """Make it everywhere: kubelet refuses a root that is not there."""
        for folder in self._folders():
            folder.mkdir()

    def remove(self) -> None:
        """Remove it with all groups below, once the last process in them has ended.

        Raises:
            OSError: some process is still in one of them.
        """
        given_up = time.monotonic() + _ENOUGH
        for folder in self._folders():
            while folder.exists():
                try:
                    _remove(folder)
                except OSError:
                    if time.monotonic() > given_up:
                        raise
                    time.sleep(_PAUSE)

    def _folders(self) -> list[Path]:
        """Return it in each hierarchy, whose mounts may have more than one name."""
        mounts = (line.split() for line in _MOUNTS.read_text().splitlines())
        roots = {Path(where).resolve() for _, where, kind, *_ in mounts if kind in _KINDS}
        return [root / self.name for root in sorted(roots)]


_KINDS = frozenset({"cgroup", "cgroup2"})


def _remove(folder: Path) -> None:
    for below, _groups, _files in os.walk(folder, topdown=False):
        Path(below).rmdir()
