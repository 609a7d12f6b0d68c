"""A base image with Python, made of Debian's packages: it stands in for a registry's."""

import shutil
import subprocess
import time
from pathlib import Path

from tests.cluster.harness.building import ProgramsMissing, Tell
from tests.cluster.node.harness.commands import CONTAINED
from tests.cluster.node.harness.images import kept
from tests.cluster.node.harness.images.builder import Builder

_SUITE = "bookworm"
_PACKAGES = "python3,python3-venv,ca-certificates"


def python_base(builder: Builder, tell: Tell) -> str:
    """Return the name of the base image in the builder's storage, making it the first time.

    Raises:
        ProgramsMissing: debootstrap is not here, or failed.
    """
    image = f"localhost/python-base:{kept.key((_SUITE.encode(), _PACKAGES.encode()))}"
    if not builder.has(image):
        with builder.alone(tell):
            if not builder.has(image):
                _make(builder, image, tell)
    return image


def _make(builder: Builder, image: str, tell: Tell) -> None:
    tell(f"making a base image of Debian {_SUITE} with Python …")
    begun = time.monotonic()
    with builder.scratch() as folder:
        tree = folder / "tree"
        _debootstrap(tree)
        builder.import_tree(tree, image)
    tell(f"made the base image in {time.monotonic() - begun:.0f} s")


def _debootstrap(tree: Path) -> None:
    debootstrap = shutil.which("debootstrap", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if debootstrap is None:
        raise ProgramsMissing(
            "the node tests need debootstrap (Debian: apt-get install debootstrap)"
        )
    ended = subprocess.run(
        [*CONTAINED, debootstrap, "--variant=minbase", f"--include={_PACKAGES}", _SUITE, str(tree)],
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        said = "\n".join((ended.stdout + ended.stderr).splitlines()[-20:])
        raise ProgramsMissing(f"debootstrap failed:\n{said}")
    # What was downloaded to unpack it, and what lists what else there is.
    for cache in ("var/cache/apt/archives", "var/lib/apt/lists"):
        shutil.rmtree(tree / cache)
        (tree / cache / "partial").mkdir(parents=True)
