"""Copies the definitions of `crds/` into the chart, whose templates read them as plain files."""

import shutil
import sys
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[1]
_SOURCE: Final = _ROOT / "crds"
_CHART: Final = _ROOT / "helm" / "certwright" / "files" / "crds"


def copy(source: Path, target: Path) -> None:
    """Make `target` hold the definitions of `source`, in the same folders, and nothing else.

    Args:
        source: A folder with files `*.yaml`.
        target: A folder, which is replaced.
    """
    if target.exists():
        shutil.rmtree(target)
    for file in sorted(source.rglob("*.yaml")):
        copied = target / file.relative_to(source)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(file.read_bytes())


def main(arguments: list[str]) -> None:
    """Copy into the chart, or into the folder that is named instead."""
    copy(_SOURCE, Path(arguments[0]) if arguments else _CHART)


if __name__ == "__main__":
    main(sys.argv[1:])
