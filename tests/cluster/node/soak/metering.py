"""What programs and pods of a node use while something goes on, added up over restarts."""

import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.cluster.node.harness.node import Node
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import SERVER, SYSTEM
from tests.cluster.node.soak.groups import Groups
from tests.cluster.scale.measuring import Program, Table, mib

_PERIOD = 5
"""Seconds between two looks: a pod that ends between them takes its last seconds along."""

_PARTS: Final = {
    SERVER: "server, all pods",
    SYSTEM: "operator",
    "cert-manager": "cert-manager",
    "ingress": "ingress controller",
}
"""What the pods of a namespace are."""

SOLVER: Final = "acme.cert-manager.io/http01-solver"
"""The label of cert-manager's solver pods."""


@dataclass(frozen=True, slots=True)
class _Sample:
    """What one program or pod has used until now: CPU seconds, and bytes at this moment."""

    part: str
    identity: str
    seconds: float
    memory: int


@dataclass(slots=True)
class Usage:
    """What was used between the begin and the end of a while.

    Args:
        elapsed: seconds by the clock.
        seconds: CPU seconds by part.
        peak: the most memory that a part was seen with.
        solvers: the most solver pods that were seen at once.
    """

    elapsed: float = 0.0
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    peak: dict[str, int] = field(default_factory=dict)
    solvers: int = 0

    def show(self, table: Table, certificates: int) -> None:
        """Add rows with it to a table; CPU also for each of so many certificates."""
        for part, memory in self.peak.items():
            seconds = self.seconds[part]
            each = f", {seconds / certificates * 1000:.0f} ms each" if certificates else ""
            cores = seconds / self.elapsed
            table.add(
                part, f"{seconds:.1f} s of CPU ({cores:.2f} cores{each}), {mib(memory)} at most"
            )
        table.add("solver pods at once, at most", str(self.solvers))


@dataclass(slots=True)
class Meter:
    """Looks at the programs and pods of a node of this run's own."""

    node: Node

    @contextmanager
    def usage(self) -> Iterator[Usage]:
        """Give what is used until the end of the block, complete after it."""
        watch, stop = _Watch(self.node), threading.Event()
        watch.look()
        watch.begin()
        begun = time.monotonic()
        with ThreadPoolExecutor(1) as threads:
            looking = threads.submit(watch.run, stop)
            try:
                yield watch.usage
            finally:
                stop.set()
                looking.result()
        watch.look()
        watch.end(time.monotonic() - begun)


class _Watch:
    """Looks again and again, and keeps what was last seen of what has ended."""

    def __init__(self, node: Node) -> None:
        self._kubectl, self._groups = Kubectl(node), Groups.of(node)
        self._control_plane = node.machine.control_plane
        self._first: dict[tuple[str, str], float] = {}
        self._last: dict[tuple[str, str], float] = {}
        self.usage = Usage()

    def run(self, stop: threading.Event) -> None:
        """Look until it is to stop."""
        while not stop.wait(_PERIOD):
            self.look()

    def begin(self) -> None:
        """Count from now on."""
        self._first = dict(self._last)

    def end(self, elapsed: float) -> None:
        """Count what was used since the begin."""
        self.usage.elapsed = elapsed
        for (part, identity), seconds in self._last.items():
            self.usage.seconds[part] += seconds - self._first.get((part, identity), 0.0)

    def look(self) -> None:
        """Look once; while no API server tells of pods, at programs alone."""
        memory: defaultdict[str, int] = defaultdict(int)
        for sample in (*self._programs(), *self._pods()):
            self._last[sample.part, sample.identity] = sample.seconds
            memory[sample.part] += sample.memory
        for part, now in memory.items():
            self.usage.peak[part] = max(now, self.usage.peak.get(part, 0))

    def _programs(self) -> Iterator[_Sample]:
        place = self._control_plane
        for part, process in (("API server", place.api_server), ("etcd", place.etcd)):
            if (pid := process.pid) is None:
                continue
            try:
                program = Program(pid)
                yield _Sample(part, str(pid), program.seconds, program.resident)
            except (OSError, AssertionError):
                continue  # It has ended just now.

    def _pods(self) -> Iterator[_Sample]:
        try:
            pods = self._kubectl.list("pod")
        except (AssertionError, subprocess.TimeoutExpired):
            return
        self.usage.solvers = max(
            self.usage.solvers,
            sum(SOLVER in pod["metadata"].get("labels", {}) for pod in pods),
        )
        for pod in pods:
            uid, part = pod["metadata"]["uid"], _PARTS.get(pod["metadata"]["namespace"])
            seconds, memory = self._groups.seconds(uid), self._groups.memory(uid)
            if part is not None and seconds is not None and memory is not None:
                yield _Sample(part, uid, seconds, memory)
