"""Print the newest Python on this machine that is newer than the one running; nothing if none.

Looks at ``python3.N`` on the PATH and at pyenv's versions. A candidate counts only if it really
runs and has what the product needs: a pyenv shim exists for versions that are not selected.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

PROBE = "import ssl, sqlite3, venv, ensurepip, sys; print(*sys.version_info[:2])"
NEWEST_MINOR_LOOKED_FOR = 20


def candidates(environment: Mapping[str, str]) -> list[Path]:
    """Return every interpreter that may be newer, in no order that matters.

    Args:
        environment: PATH, HOME and PYENV_ROOT are looked at.
    """
    search = environment.get("PATH", os.defpath)
    on_path = (
        shutil.which(f"python3.{minor}", path=search)
        for minor in range(sys.version_info.minor + 1, NEWEST_MINOR_LOOKED_FOR)
    )
    home = environment.get("HOME", "/")
    pyenv = Path(environment.get("PYENV_ROOT") or Path(home, ".pyenv"))
    return [Path(found) for found in on_path if found] + [*pyenv.glob("versions/3.*/bin/python3")]


def version_of(python: Path) -> tuple[int, int] | None:
    """Return the version that this interpreter says it has; None if it doesn't run whole."""
    try:
        answer = subprocess.run(
            [python, "-c", PROBE], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    numbers = re.fullmatch(r"(\d+) (\d+)\n", answer.stdout)
    if answer.returncode != 0 or numbers is None:
        return None
    return int(numbers[1]), int(numbers[2])


def newest(found: Iterable[Path], running: tuple[int, int]) -> Path | None:
    """Return the newest of the interpreters that run, if it is newer than `running`."""
    versions = {python: version for python in found if (version := version_of(python))}
    best = max(versions, key=lambda python: versions[python], default=None)
    return best if best is not None and versions[best] > running else None


def main() -> int:
    """Print the interpreter's path, or nothing."""
    best = newest(candidates(os.environ), sys.version_info[:2])
    if best is not None:
        print(best)
    return 0


if __name__ == "__main__":
    sys.exit(main())
