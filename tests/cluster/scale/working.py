"""An operator at the API server itself, without a gate between, and what it tells of its work."""

import asyncio
import math
import re
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.cluster.harness import kubeconfig
from tests.cluster.harness.kubeconfig import Access
from tests.cluster.harness.manifests import Names
from tests.cluster.harness.operators import PROGRAM, SERVER_URL
from tests.cluster.harness.processes import Process
from tests.cluster.scale.measuring import Program
from tests.end_to_end.harness import ports

_HOST = "127.0.0.1"
_PAUSE = 0.2
_STUCK = 120.0
"""Seconds without any progress after which it is given up: a resync's own pause is shorter."""

_LOOKS = "certwright_operator_objects_looked_at_total"


@dataclass(slots=True)
class Working:
    """One operator; started and stopped as often as a test wants.

    Args:
        names: Its namespaces and users.
        access: How it comes to the API server.
        folder: For its kubeconfig and its log.
        resync: How often it looks at everything, for its command line.
    """

    names: Names
    access: Access = field(repr=False)
    folder: Path
    resync: str
    program: tuple[str, ...] = (str(PROGRAM),)
    port: int = field(default_factory=ports.free)
    _process: Process | None = None

    def start(self) -> Program:
        """Start it, and return the process, which is at work some moments later."""
        path = self.folder / "kubeconfig"
        kubeconfig.write(path, self.access)
        command = (
            "/usr/bin/env",
            f"KUBECONFIG={path}",
            *self.program,
            "run",
            f"--operator-namespace={self.names.operator_namespace}",
            f"--server-namespace={self.names.server_namespace}",
            f"--server-url={SERVER_URL}",
            f"--resync={self.resync}",
            f"--listen={_HOST}:{self.port}",
        )
        self._process = Process(command, self.folder / "operator.log")
        self._process.start(lambda: True)
        assert self._process.pid is not None
        return Program(self._process.pid)

    async def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self._process is not None:
            await asyncio.to_thread(self._process.stop)

    @property
    def runs(self) -> bool:
        """Whether it hasn't ended."""
        return self._process is not None and self._process.pid is not None

    def metrics(self) -> str:
        """Return what Prometheus would read."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{_HOST}:{self.port}/metrics", timeout=30) as answer:
            return str(answer.read().decode())


class Operator(Protocol):
    """An operator, with or without a gate before it."""

    @property
    def runs(self) -> bool:
        """Whether it hasn't ended."""
        ...

    def metrics(self) -> str:
        """Return what Prometheus would read; raise OSError before it answers."""
        ...


async def all_ready(operator: Operator, objects: int) -> None:
    """Return once an operator has looked at so many objects and found all of them ready."""
    await _reached(operator, 'certwright_operator_objects{.*ready="true"}', objects)


async def looked(operator: Operator, times: float) -> None:
    """Return once an operator has looked so many times at one object or another."""
    await _reached(operator, _LOOKS, times)


def looks(operator: Operator) -> float:
    """Return how often an operator has looked at one object or another."""
    return _sum(operator, _LOOKS)


async def _reached(operator: Operator, pattern: str, wanted: float) -> None:
    """Return once a metric is high enough; fail if it no longer grows."""
    highest, grown = -1.0, time.monotonic()
    while highest < wanted:
        await asyncio.sleep(_PAUSE)
        found = await asyncio.to_thread(_sum, operator, pattern)
        if found > highest:
            highest, grown = found, time.monotonic()
        stands = f"{pattern} is {found:g} and should come to {wanted:g}"
        assert operator.runs, f"the operator has ended; {stands}"
        assert time.monotonic() - grown < _STUCK, f"nothing goes on; {stands}"


def _sum(operator: Operator, pattern: str) -> float:
    """Return the sum of a metric's values that have these labels; 0 before anybody answers."""
    try:
        text = operator.metrics()
    except OSError:
        return 0.0
    return math.fsum(map(float, re.findall(rf"^{pattern} (\S+)$", text, re.MULTILINE)))
