"""Make a virtual environment hold exactly what a lock file says, and this project, editable.

    python3 scripts/environment.py .venv requirements/development.txt

Needs a Python with ``venv`` and nothing else. Running it again costs nothing until the lock, the
project's own metadata or the Python changes: their digest is kept beside the environment's files.
"""

# Annotations are left unread, so that an old Python gets as far as being told that it is too old.
from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
PROJECT = Path(__file__).resolve().parent.parent
STAMP = "certwright-setup.sha256"


class SetupError(Exception):
    """The environment could not be made; the sentence says what was tried and what to do."""


def digest(lock: Path, metadata: Path, python: str) -> str:
    """Return what the environment is made from, as one digest.

    Args:
        lock: the lock file, with hashes.
        metadata: the project's pyproject.toml; the editable install is made from it.
        python: the version of the Python that the environment runs.
    """
    whole = hashlib.sha256(python.encode())
    for part in (lock, metadata):
        whole.update(hashlib.sha256(part.read_bytes()).digest())
    return whole.hexdigest()


def is_current(environment: Path, wanted: str) -> bool:
    """Say whether the environment was completely made from what `wanted` is the digest of."""
    stamp = environment / STAMP
    return stamp.is_file() and stamp.read_text() == wanted


def make(environment: Path, lock: Path) -> None:
    """Create the environment if it isn't there, install the lock and the project.

    The stamp is written last, so an interrupted run is taken up again by the next one.

    Raises:
        SetupError: a step failed; its own output stands above the sentence.
    """
    python = environment / "bin" / "python"
    if not python.exists():
        run(
            [sys.executable, "-m", "venv", "--clear", str(environment)],
            "the environment could not be created: does this Python have venv and ensurepip "
            "(Debian: apt-get install python3-venv)?",
        )
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    run(
        [*pip, "--require-hashes", "--requirement", str(lock)],
        f"{lock} could not be installed: is the package index reachable?",
    )
    run(
        [*pip, "--no-deps", "--no-build-isolation", "--editable", str(PROJECT)],
        "the project itself could not be installed",
    )


def run(command: list[str], failure: str) -> None:
    """Run one step.

    Raises:
        SetupError: it did not end with 0.
    """
    if subprocess.run(command, check=False).returncode != 0:
        raise SetupError(failure)


def main(arguments: list[str]) -> int:
    """Bring the environment up to date.

    Args:
        arguments: the environment's folder and the lock file.

    Returns:
        0 when the environment is as the lock says; 1 when that failed, with the reason on stderr.
    """
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        print(
            f"Certwright needs Python 3.11 or newer; {sys.executable} is {found}. "
            "Name another with `make setup PYTHON=…`.",
            file=sys.stderr,
        )
        return 1
    environment, lock = (Path(argument) for argument in arguments)
    wanted = digest(lock, PROJECT / "pyproject.toml", sys.version)
    if is_current(environment, wanted):
        return 0
    print(f"installing {lock} into {environment} …", flush=True)
    try:
        make(environment, lock)
    except SetupError as error:
        print(f"setup failed: {error}", file=sys.stderr)
        return 1
    (environment / STAMP).write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
