"""What the kernel counts for the pods of a node: CPU and memory of their control groups."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.cluster.node.harness.node import Node

_ROOT = Path("/sys/fs/cgroup")
_CPU = ("cpuacct", "cpu,cpuacct", "unified", "")
_MEMORY = ("memory", "unified", "")
"""The hierarchies in version 1, and version 2 beside those or alone."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The control groups of a node's pods.

    Args:
        name: of the one that all of them are in.
    """

    name: str

    @classmethod
    def of(cls, node: Node) -> "Groups":
        """Return the groups of the node's kubelet."""
        configured = yaml.safe_load((node.folder / "kubelet.yaml").read_text())
        return cls(configured["cgroupRoot"].strip("/"))

    def seconds(self, uid: str) -> float | None:
        """Return the CPU time that a pod has used; None if it is gone."""
        if (counted := self._read(_CPU, uid, "cpuacct.usage")) is not None:
            return int(counted) / 1e9
        if (counted := self._read(_CPU, uid, "cpu.stat")) is not None:
            return _value(counted, "usage_usec") / 1e6
        return None

    def memory(self, uid: str) -> int | None:
        """Return the bytes that a pod has and the kernel could not drop; None if it is gone."""
        counted = self._read(_MEMORY, uid, "memory.stat")
        return None if counted is None else _value(counted, "total_rss|anon")

    def processes(self, uid: str, container: str) -> list[int]:
        """Return the processes of a pod's container."""
        return [
            int(line)
            for folder in self._folders(_CPU, uid)[:1]
            for line in (folder / container / "cgroup.procs").read_text().split()
        ]

    def _read(self, hierarchies: tuple[str, ...], uid: str, file: str) -> str | None:
        for folder in self._folders(hierarchies, uid):
            try:
                return (folder / file).read_text()
            except OSError:
                continue
        return None

    def _folders(self, hierarchies: tuple[str, ...], uid: str) -> list[Path]:
        return [
            folder
            for each in hierarchies
            for level in ("", "*/")
            for folder in _ROOT.joinpath(each, self.name).glob(f"kubepods/{level}pod{uid}")
        ]


def _value(counted: str, name: str) -> int:
    found = re.search(rf"^(?:{name}) (\d+)$", counted, re.MULTILINE)
    assert found is not None, f"no {name} in {counted}"
    return int(found[1])
