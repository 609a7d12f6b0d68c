"""Images built from a Dockerfile by buildah: without a daemon, and without a container registry."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.building import ProgramsMissing, Tell, locked
from tests.cluster.node.harness.commands import CONTAINED

_CA_IN_BUILD = "/run/secrets/pip-ca.pem"
_UNFINISHED = "unfinished-"
_INDEX = ("index-url", "extra-index-url", "trusted-host", "default-timeout")
"""What of pip's own settings holds inside a build too: where packages come from, and how long."""


@dataclass(frozen=True, slots=True)
class Builder:
    """A buildah with storage of its own below `folder`."""

    folder: Path

    @contextmanager
    def alone(self, tell: Tell) -> Iterator[None]:
        """Have the storage for this run alone, without what a killed one left there unfinished.

        Raises:
            ProgramsMissing: only root can build.
        """
        if os.geteuid() != 0:
            raise ProgramsMissing("the images of the node tests can be built by root alone")
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder / "lock", tell):
            for folder in self.folder.glob(f"{_UNFINISHED}*"):
                shutil.rmtree(folder)
            self.run("rm", "--all")
            self.run("rmi", "--prune")
            yield

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a folder for files of a build; `alone`."""
        with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=self.folder) as folder:
            yield Path(folder)

    def has(self, image: str) -> bool:
        """Return whether an image is in the storage."""
        return self._ended("images", "--quiet", image).returncode == 0

    def build(
        self, dockerfile: Path, context: Path, image: str, arguments: Mapping[str, str]
    ) -> None:
        """Build an image into the storage, with this machine's package index.

        Raises:
            ProgramsMissing: the build failed; with the last that was said.
        """
        given = [f"--build-arg={name}={value}" for name, value in arguments.items()]
        with _secrets() as secrets:
            self.run(
                *("bud", "--isolation=chroot", "--format=docker", *given, *secrets),
                *(f"--file={dockerfile}", f"--tag={image}", str(context)),
            )

    def import_tree(self, tree: Path, image: str) -> None:
        """Make an image of a folder with a whole file system."""
        container = self.run("from", "scratch").strip()
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        try:
            self.run("copy", "--quiet", container, str(tree), "/")
            self.run("config", f"--env=PATH={path}", container)
            self.run("commit", "--quiet", "--format=docker", container, image)
        finally:
            self.run("rm", container)

    def save(self, image: str, archive: Path) -> None:
        """Write an image as an archive, and leave it out of the storage from then on."""
        self.run("push", image, f"docker-archive:{archive}:{image}")
        self.run("rmi", "--force", image)

    def run(self, *arguments: str) -> str:
        """Run buildah to its end and return what it printed.

        Raises:
            ProgramsMissing: it failed; with the last that was said.
        """
        ended = self._ended(*arguments)
        if ended.returncode != 0:
            said = "\n".join((ended.stdout + ended.stderr).splitlines()[-20:])
            raise ProgramsMissing(f"`buildah {arguments[0]}` failed:\n{said}")
        return ended.stdout

    def _ended(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        buildah = shutil.which("buildah")
        if buildah is None:
            raise ProgramsMissing("the node tests need buildah (Debian: apt-get install buildah)")
        own = (f"--root={self.folder / 'root'}", f"--runroot={self.folder / 'run'}")
        return subprocess.run(
            [*CONTAINED, buildah, *own, "--storage-driver=vfs", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def _secrets() -> Iterator[tuple[str, ...]]:
    """Give the build what pip knows here of its index; nothing of it gets into an image."""
    known = _pip_settings()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "pip.conf"
        lines = [f"{name} = {known[name]}" for name in _INDEX if name in known]
        given = [f"--secret=id=pip.conf,src={settings}"]
        if authority := known.get("cert"):
            lines.append(f"cert = {_CA_IN_BUILD}")
            given.append(f"--secret=id=pip-ca.pem,src={authority}")
        settings.write_text("\n".join(("[global]", *lines, "")))
        yield tuple(given)


def _pip_settings() -> dict[str, str]:
    """Return pip's settings, of its files and of the environment, which comes last and rules."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    found = re.findall(r"^(global|install|:env:)\.([a-z-]+)='(.*)'$", listed.stdout, re.MULTILINE)
    ranked = sorted(found, key=lambda each: ("global", "install", ":env:").index(each[0]))
    return {name: value for _, name, value in ranked}
