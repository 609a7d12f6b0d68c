"""The operator as a process of its own, which comes to the API server through a gate."""

import asyncio
import os
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.harness import kubeconfig
from tests.cluster.harness.gate import Gate
from tests.cluster.harness.kubeconfig import Access
from tests.cluster.harness.manifests import Names
from tests.cluster.harness.processes import Process
from tests.end_to_end.harness import ports

PROGRAM = Path(sys.executable).with_name("certwright-operator")
SERVER_URL = "https://acme.certwright.test"

_HOST = "127.0.0.1"
_RESYNC = "10m"


@dataclass(slots=True)
class Operator:
    """One replica of the operator; start, stop and kill it as often as a test wants.

    Args:
        names: Its namespaces and users.
        gate: The way to the API server, of this replica alone.
        folder: For its kubeconfig and its log.
        token: Of its ServiceAccount.
        tenants: Namespaces whose Secrets it may write; none means all.
        resync: How often it looks at everything, for its command line.
        more: Further options of its command line.
    """

    names: Names
    gate: Gate
    folder: Path
    token: str = field(repr=False)
    tenants: tuple[str, ...] = ()
    resync: str = _RESYNC
    more: tuple[str, ...] = ()
    port: int = field(default_factory=ports.free)
    _process: Process | None = None

    def start(self) -> None:
        """Start it; it is at work some moments later."""
        self._process = Process(self._command(), self.log)
        self._process.start(lambda: True)

    async def stop(self) -> None:
        """Ask it to end, as a rolling update does, and wait until it has."""
        if self._process is not None:
            # The gate goes on meanwhile: the operator gives its Lease back.
            await asyncio.to_thread(self._process.stop)

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            await asyncio.to_thread(self._process.kill)

    @property
    def runs(self) -> bool:
        """Whether it hasn't ended."""
        return self._process is not None and self._process.pid is not None

    @property
    def status(self) -> int | None:
        """The exit status that it was stopped with last."""
        return self._process.status if self._process is not None else None

    @property
    def log(self) -> Path:
        """What it wrote to its standard streams, over all its starts."""
        return self.folder / "operator.log"

    def metrics(self) -> str:
        """Return what Prometheus would read; empty while it doesn't answer."""
        # Proxies of this machine's environment have no business on loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://{_HOST}:{self.port}/metrics", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    def _command(self) -> tuple[str, ...]:
        access = self.folder / "kubeconfig"
        kubeconfig.write(access, Access(self.gate.url, None, self.token))
        options: Mapping[str, str] = {
            "operator-namespace": self.names.operator_namespace,
            "server-namespace": self.names.server_namespace,
            "server-url": SERVER_URL,
            "resync": self.resync,
            "listen": f"{_HOST}:{self.port}",
        }
        tenants = (f"--tenant-namespace={each}" for each in self.tenants)
        given = (f"--{name}={value}" for name, value in options.items())
        program = (str(PROGRAM), "run", *given, *tenants, *self.more)
        return ("/usr/bin/env", *_environment(access), *program)


def _environment(access: Path) -> tuple[str, ...]:
    """Return what is otherwise in its environment than in ours, for `env`."""
    proxies = [name for name in os.environ if name.lower().endswith("_proxy")]
    unset = (part for name in proxies for part in ("-u", name))
    return (*unset, f"KUBECONFIG={access}")
