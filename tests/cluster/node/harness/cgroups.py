"""The control groups of a run's own, below which kubelet puts all pods."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.node.harness.commands import NodeImpossible

_ENOUGH = 20
_PAUSE = 0.1
_MOUNTS = Path("/proc/self/mounts")
_KINDS = frozenset({"cgroup", "cgroup2"})
_WANTED = frozenset({"cpu", "cpuset", "hugetlb", "memory", "pids"})
"""The controllers that kubelet looks for where version 2 has them.

Source: k8s.io/kubernetes, pkg/kubelet/cm/cgroup_v2_manager_linux.go.
"""


@dataclass(frozen=True, slots=True)
class Cgroup:
    """A group of this name in every hierarchy of the machine: version 1, version 2, or both.

    Args:
        name: its name.
        mounts: says where the hierarchies are, as /proc/self/mounts does.
    """

    name: str
    mounts: Path = _MOUNTS

    def make(self) -> None:
        """Make it everywhere: kubelet refuses a root that is not there.

        Controllers that version 2 doesn't give to groups yet are given from now on: they stay, for
        others may use them later.

        Raises:
            NodeImpossible: there are no control groups, or this process may not make any.
        """
        roots = self._roots()
        if not roots:
            raise NodeImpossible(
                "no control groups are mounted, and kubelet can't do without: "
                "mount -t cgroup2 none /sys/fs/cgroup"
            )
        for root in roots:
            try:
                _give_controllers(root)
                (root / self.name).mkdir()
            except OSError as error:
                raise NodeImpossible(
                    f"no control group for a node can be made in {root}: {error.strerror}; "
                    "in a container, it needs the machine's own control groups, writable"
                ) from error

    def remove(self) -> None:
        """Remove it with all groups below, once the last process in them has ended.

        Raises:
            OSError: some process is still in one of them.
        """
        given_up = time.monotonic() + _ENOUGH
        for folder in self.folders():
            while folder.exists():
                try:
                    _remove(folder)
                except OSError:
                    if time.monotonic() > given_up:
                        raise
                    time.sleep(_PAUSE)

    def folders(self) -> list[Path]:
        """Return it in each hierarchy."""
        return [root / self.name for root in self._roots()]

    def _roots(self) -> list[Path]:
        """Return the root of each hierarchy, whose mounts may have more than one name."""
        mounts = (line.split() for line in self.mounts.read_text().splitlines())
        return sorted({Path(where).resolve() for _, where, kind, *_ in mounts if kind in _KINDS})


def _give_controllers(root: Path) -> None:
    """Let groups have the controllers that they have everywhere in version 1."""
    known = root / "cgroup.controllers"
    if known.exists():
        given = root / "cgroup.subtree_control"
        missing = (_WANTED & set(known.read_text().split())) - set(given.read_text().split())
        if missing:
            given.write_text(" ".join(f"+{each}" for each in sorted(missing)))


def _remove(folder: Path) -> None:
    for below, _groups, _files in os.walk(folder, topdown=False):
        Path(below).rmdir()
