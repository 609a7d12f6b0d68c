"""Programs: found or missed with a sentence, run to their end within bounds."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ENOUGH = 90
"""Seconds after which a program that should long have ended is given up."""


class ProgramMissing(Exception):
    """A program that the tests run is not installed."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that has ended: its exit status and all that it wrote."""

    command: tuple[str, ...] = field(repr=False)
    code: int
    output: str
    errors: str

    @property
    def text(self) -> str:
        """Everything it wrote, its lines joined: clients break long messages."""
        return " ".join(f"{self.output}\n{self.errors}".split())

    def succeeded(self) -> "Finished":
        """Return itself; raise `AssertionError` if the program failed."""
        assert self.code == 0, f"{self._name} failed ({self.code}):\n{self.output}\n{self.errors}"
        return self

    def failed(self) -> "Finished":
        """Return itself; raise `AssertionError` if the program succeeded."""
        assert self.code != 0, f"{self._name} succeeded:\n{self.output}\n{self.errors}"
        return self

    @property
    def _name(self) -> str:
        return Path(self.command[0]).name


def beside_python(name: str) -> str:
    """Return the path of a program that is installed with the Python that runs the tests."""
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise ProgramMissing(f"{name} is not at {path}: run `make setup`")
    return str(path)


def on_path(name: str) -> str:
    """Return the path of a program of the machine."""
    found = shutil.which(name)
    if found is None:
        raise ProgramMissing(f"{name} is not on the PATH: run `make test-clients`")
    return found


def bare_environment(home: Path, **variables: str) -> dict[str, str]:
    """Return an environment without this machine's trust, proxies and coverage, and `variables`."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {"HOME": str(home)} | variables


def own_environment(home: Path) -> dict[str, str]:
    """Return a bare environment for one of our own programs, whose coverage counts."""
    counting = {name: found for name, found in os.environ.items() if name.startswith("COVERAGE_")}
    return bare_environment(home, **counting)


def run(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Finished:
    """Run a program in `folder` to its end; raise `TimeoutExpired` when it takes too long."""
    ended = subprocess.run(
        command,
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=ENOUGH,
        check=False,
    )
    return Finished(tuple(command), ended.returncode, ended.stdout, ended.stderr)
