"""One server of several, as a process."""

import asyncio
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.harness.processes import ENOUGH, NotReady
from tests.cluster.harness.waiting import eventually
from tests.end_to_end.harness import ports, programs

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a replica lives.

    Args:
        arguments: Of the command, beside the settings.
        folder: Its own; its name is what tells the replica from others.
    """

    arguments: tuple[str, ...]
    folder: Path
    port: int
    operations: int
    peers: int

    @classmethod
    def prepared(cls, folder: Path, settings: Mapping[str, Any], *arguments: str) -> "Place":
        """Return a new place with its settings written; they lack only what no two share."""
        folder.mkdir()
        place = cls(arguments, folder, ports.free(), ports.free(), ports.free())
        place.settings.write_text(yaml.safe_dump({**settings, **place.own}))
        return place

    @property
    def settings(self) -> Path:
        """The file of settings."""
        return self.folder / "settings.yaml"

    @property
    def own(self) -> dict[str, Any]:
        """The settings that no two replicas share."""
        return {
            "listen": f"{_HOST}:{self.port}",
            "operations": {"listen": f"{_HOST}:{self.operations}"},
            "peers": {"listen": f"{_HOST}:{self.peers}", "identity": self.folder.name},
        }

    @property
    def url(self) -> str:
        """Scheme and authority that the balancer finds it at."""
        return f"https://{_HOST}:{self.port}"


@dataclass(slots=True)
class Replica:
    """A server; it may be ended by asking for it, or hard, and is not started again.

    Start it in the main thread: on Linux it ends with the thread that started it.
    """

    place: Place
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Scheme and authority that the balancer finds it at."""
        return self.place.url

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start, and return when it says that it is ready; raise `NotReady` if it ends instead."""
        self._spawn()
        await eventually(self._probe)

    def terminate(self) -> None:
        """Ask it to end."""
        assert self._process is not None
        self._process.terminate()

    async def ended(self) -> int:
        """Return its exit status once it has ended."""
        assert self._process is not None
        return await asyncio.to_thread(self._process.wait, ENOUGH)

    def kill(self) -> None:
        """End it as a power cut would; it may have ended already."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(ENOUGH)

    @property
    def is_ready(self) -> bool:
        """Whether it says now that it is ready."""
        return self._get("/readyz")[0] == 200

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of a metric's samples that have all of these labels."""
        status, text = self._get("/metrics")
        assert status == 200, text
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(
            float(line.rpartition(" ")[2])
            for line in text.splitlines()
            if line.partition("{")[0].partition(" ")[0] == name
            and all(each in line for each in wanted)
        )

    @property
    def log(self) -> str:
        """All that it wrote."""
        return self._log.read_text(errors="replace")

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of its log that are JSON."""
        return [json.loads(each) for each in self.log.splitlines() if each.startswith("{")]

    def _spawn(self) -> None:
        with self._log.open("ab") as log:
            # It keeps the tests' environment: coverage counts what the server runs.
            self._process = subprocess.Popen(
                (*_ending_with_us(), *self._command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def _command(self) -> tuple[str, ...]:
        program = programs.beside_python("certwright")
        settings = f"--settings={self.place.settings}"
        return (program, "serve-cluster", settings, *self.place.arguments)

    @property
    def _log(self) -> Path:
        return self.place.folder / "log"

    async def _probe(self) -> None:
        if self._process is None or self._process.poll() is not None:
            raise NotReady(f"the server ended instead of being ready:\n{self.log[-4000:]}")
        assert await asyncio.to_thread(lambda: self.is_ready), self.log[-4000:]

    def _get(self, path: str) -> tuple[int, str]:
        """Ask the endpoint of those who run it; 0 when it doesn't answer."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Anything())
        try:
            url = f"http://{_HOST}:{self.place.operations}{path}"
            with opener.open(url, timeout=ENOUGH) as answer:
                return answer.status, answer.read().decode()
        except OSError:
            return 0, ""


class _Anything(urllib.request.HTTPErrorProcessor):
    """Takes every status for an answer."""

    def http_response(self, _request: Any, response: Any) -> Any:
        return response


def _ending_with_us() -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()
