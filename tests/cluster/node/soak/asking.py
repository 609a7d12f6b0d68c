"""Certificates that are asked for one after the other, whatever happens meanwhile."""

import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle

from tests.cluster.node.harness.node import Node
from tests.cluster.node.site.documents import DIRECT, certificate
from tests.cluster.node.soak.sizes import ASKED, ENOUGH, PACE


@dataclass(slots=True)
class Asking:
    """Somebody who writes a Certificate every few seconds, and again if that is refused.

    Args:
        node: the cluster.
        namespaces: where, in turn.
        asked: what the API server has taken, as `NAMESPACE/NAME`, in order.
        refused: how often it didn't take one.
    """

    node: Node
    namespaces: tuple[str, ...]
    asked: list[str] = field(default_factory=list)
    refused: int = 0
    _more: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Ask until the end of the block, `ASKED` times at most."""
        stop = threading.Event()
        with ThreadPoolExecutor(1) as threads:
            going = threads.submit(self._ask, stop)
            try:
                yield
            finally:
                stop.set()
                going.result()

    def next(self) -> tuple[str, str]:
        """Return namespace and name of a Certificate that is asked for from now on."""
        with self._more:
            count = len(self.asked)
            came = self._more.wait_for(lambda: len(self.asked) > count, ENOUGH)
            assert came, f"nothing was asked for after {count} Certificates ({ASKED=})"
            namespace, _, name = self.asked[count].partition("/")
        return namespace, name

    def _ask(self, stop: threading.Event) -> None:
        for number, namespace in zip(range(ASKED), cycle(self.namespaces), strict=False):
            name = f"asked-{number}"
            while not self._is_taken(namespace, name):
                self.refused += 1
                if stop.wait(PACE):
                    return
            with self._more:
                self.asked.append(f"{namespace}/{name}")
                self._more.notify_all()
            if stop.wait(PACE):
                return

    def _is_taken(self, namespace: str, name: str) -> bool:
        try:
            self.node.apply(certificate(namespace, name, [f"{name}.{namespace}.{DIRECT}"]))
        except (AssertionError, subprocess.TimeoutExpired):
            return False
        return True
