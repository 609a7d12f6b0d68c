"""What is measured: how long calls take, and what processes use, by Linux's own counts."""

import asyncio
import os
import re
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Table:
    """Rows of what was measured, in their order."""

    rows: list[tuple[str, str]] = field(default_factory=list)

    def add(self, what: str, found: str) -> None:
        """Add a row."""
        self.rows.append((what, found))

    def __str__(self) -> str:
        """Return the table in Markdown."""
        lines = [f"| {what} | {found} |" for what, found in self.rows]
        return "\n".join(("| what | result |", "|---|---|", *lines))


@dataclass(frozen=True, slots=True)
class Program:
    """A running process."""

    pid: int

    @property
    def resident(self) -> int:
        """Its resident memory in bytes."""
        return self._memory("VmRSS")

    @property
    def peak(self) -> int:
        """The most resident memory that it ever had, in bytes."""
        return self._memory("VmHWM")

    @property
    def seconds(self) -> float:
        """The CPU time that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def _memory(self, name: str) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"{name}:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024


@dataclass(slots=True)
class Cost:
    """What something took: seconds by the clock, and CPU seconds of a program."""

    elapsed: float = 0.0
    used: float = 0.0

    def __str__(self) -> str:
        """Return both in milliseconds."""
        return f"{self.elapsed * 1000:.0f} ms, {self.used * 1000:.0f} ms of API server CPU"


@asynccontextmanager
async def costing(program: Program) -> AsyncIterator[Cost]:
    """Give what the block takes, once it has ended."""
    cost, begun, used = Cost(), time.perf_counter(), program.seconds
    yield cost
    cost.elapsed, cost.used = time.perf_counter() - begun, program.seconds - used


@dataclass(frozen=True, slots=True)
class Latencies:
    """How long each of many calls took, in seconds, and all of them together."""

    each: list[float]
    elapsed: float

    def __str__(self) -> str:
        """Return the rate, the median and the 99th percentile."""
        ordered = sorted(self.each)
        half, most = (ordered[int(len(ordered) * part)] * 1000 for part in (0.5, 0.99))
        rate = len(ordered) / self.elapsed
        return f"p50 {half:.1f} ms, p99 {most:.1f} ms, {rate:.0f}/s"


async def measured(
    calls: Iterable[Callable[[], Awaitable[object]]], at_once: int = 16
) -> Latencies:
    """Make calls, some at once, and time each."""
    waiting = iter(calls)
    each: list[float] = []

    async def work() -> None:
        for call in waiting:
            begun = time.perf_counter()
            await call()
            each.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return Latencies(each, time.perf_counter() - begun)


def etcd_bytes(url: str) -> tuple[int, int]:
    """Return the size of etcd's file, and how much of it is in use."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    names = ("etcd_mvcc_db_total_size_in_bytes", "etcd_mvcc_db_total_size_in_use_in_bytes")
    found = (re.search(rf"^{name} (\S+)$", text, re.MULTILINE) for name in names)
    whole, used = (int(float(each[1])) for each in found if each is not None)
    return whole, used


def mib(size: int) -> str:
    """Return a size for people."""
    return f"{size / 2**20:.0f} MiB"
