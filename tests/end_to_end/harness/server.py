"""The server as a process: started, spoken to, stopped, killed."""

import json
import os
import queue
import signal
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.end_to_end.harness import ports, programs
from tests.end_to_end.harness.clients.account import Binding, Directory, Solvers

ENOUGH = 60
"""Seconds after which a server that should long be ready, or gone, is given up."""


class NotReady(Exception):
    """The server ended before it was ready, or said nothing; what it wrote is in the message."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one server lives: its documents, its data, its settings, and the ports around it."""

    documents: Path
    data: Path
    settings: Path
    port: int
    solvers: Solvers

    @classmethod
    def prepared(cls, folder: Path, name_server: int, **settings: Any) -> "Place":
        """Return a place below `folder`, with settings for loopback written."""
        port = ports.free()
        solvers = Solvers(ports.free(), ports.free(), name_server)
        place = cls(folder / "documents", folder / "data", folder / "settings.yaml", port, solvers)
        written = place.loopback() | settings
        written["validation"] = place.loopback()["validation"] | settings.get("validation", {})
        place.settings.write_text(yaml.safe_dump(written))
        return place

    def loopback(self) -> dict[str, Any]:
        """Return settings with which challenges are looked for on loopback."""
        return {
            "listen": f"127.0.0.1:{self.port}",
            "validation": {
                "http01Port": self.solvers.http_01,
                "tlsAlpn01Port": self.solvers.tls_alpn_01,
                "resolvers": [f"127.0.0.1:{self.solvers.name_server}"],
                "allowedNetworks": ["127.0.0.0/8"],
            },
        }

    @property
    def command(self) -> tuple[str, ...]:
        """The command that serves this place."""
        data, settings = f"--data={self.data}", f"--settings={self.settings}"
        program = programs.beside_python("certwright")
        return (program, "serve", str(self.documents), data, settings)


@dataclass(slots=True)
class Server:
    """One server and its process, if it runs."""

    place: Place
    log: Path
    ready: dict[str, Any] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start, and return when it is ready; raise `NotReady` if it isn't."""
        with self.log.open("a") as log:
            # It keeps the tests' environment: coverage counts what the server runs.
            self._process = subprocess.Popen(
                self.place.command, stdout=subprocess.PIPE, stderr=log, text=True
            )
        line = self._first_line(self._process)
        if not line:
            self._end(signal.SIGKILL)
            raise NotReady(self.log.read_text())
        self.ready = json.loads(line)

    def stop(self) -> int:
        """Ask it to end, and return its exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """End it if it runs."""
        if self._process is not None:
            self.stop()

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.place.data

    def directory(self, profile: str = "pki/web") -> Directory:
        """Return a profile's directory, as the ready line has it."""
        return Directory(self.ready["directories"][profile], Path(self.ready["trust"]))

    def binding(self, namespace: str = "team-a", secret: str = "default") -> Binding:
        """Return a credential's KID and secret from its Secret."""
        folder = self.data / "secrets" / namespace / secret
        return Binding((folder / "kid").read_text(), (folder / "secret").read_text())

    def roots(self, profile: str = "pki/web") -> Path:
        """Return the file of roots that a profile's certificates lead to."""
        return self.data / "trust" / "profiles" / f"{profile}.pem"

    def status(self, namespace: str, kind: str, name: str) -> dict[str, Any]:
        """Return the status of an object; nothing if there is none yet."""
        path = self.data / "status" / namespace / kind / f"{name}.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        return dict(kept.get("status", {}))

    def certificates(self) -> dict[str, dict[str, Any]]:
        """Return what `certwright certificates` lists, by serial number."""
        found = self.command("certificates", f"--data={self.data}", "-o", "json").succeeded()
        return {each["serial"]: each for each in json.loads(found.output)}

    def command(self, *arguments: str) -> programs.Finished:
        """Run another `certwright` command."""
        command = (programs.beside_python("certwright"), *arguments)
        return programs.run(command, os.environ, self.place.settings.parent)

    @staticmethod
    def _first_line(process: subprocess.Popen[str]) -> str:
        """Return the first line on stdout; nothing if it ends, or takes too long."""
        output = process.stdout
        assert output is not None
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
        try:
            return lines.get(timeout=ENOUGH)
        except queue.Empty:
            return ""

    def _end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        assert process is not None
        process.send_signal(how)
        with process:
            try:
                return process.wait(ENOUGH)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
