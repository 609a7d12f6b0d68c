"""Programs built from the Go module proxy once and kept for later runs, each source by its key."""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_UNFINISHED = ".building-"

Tell = Callable[[str], None]
"""Takes a line for the person who waits."""


class ProgramsMissing(Exception):
    """The programs of a cluster can't be had; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Source:
    """A Go module that requires the project `requires`, and what is built of it.

    Args:
        folder: its folder below `modules/`.
        requires: the project's module path; empty where all of it is in the folder.
        packages: the package of each program, by the program's name, in the order to build them.
        stamped: variables that are set when a program is linked; `{version}` is the project's.
        manifests: folders of the project whose YAML files are kept too, by the name to keep
            them under.
    """

    folder: str
    requires: str
    packages: Mapping[str, str]
    stamped: Mapping[str, str] = field(default_factory=dict)
    manifests: Mapping[str, str] = field(default_factory=dict)

    @property
    def module(self) -> Path:
        """The folder with go.mod and go.sum."""
        return Path(__file__).parent / "modules" / self.folder

    @property
    def version(self) -> str:
        """The version that go.mod requires, such as v3.6.5; `own` where it requires nothing."""
        if not self.requires:
            return "own"
        required = rf"^require {re.escape(self.requires)} (v\S+)$"
        found = re.search(required, (self.module / "go.mod").read_text(), re.MULTILINE)
        assert found is not None
        return found[1]

    @property
    def flags(self) -> tuple[str, ...]:
        """The arguments of `go build`."""
        stamps = "".join(
            f" -X {variable}={value.format(version=self.version)}"
            for variable, value in self.stamped.items()
        )
        return ("-mod=readonly", "-trimpath", "-buildvcs=false", f"-ldflags=-s -w{stamps}")

    @property
    def key(self) -> str:
        """The name of the folder that keeps what was built: anew when anything in it changes."""
        whole = hashlib.sha256(" ".join((*self.flags, *self.packages, *self.manifests)).encode())
        for file in sorted(self.module.rglob("*")):
            if file.is_file():
                whole.update(file.read_bytes())
        system = f"{platform.system()}-{platform.machine()}".lower()
        return f"{self.folder}-{self.version}-{system}-{whole.hexdigest()[:12]}"


def built(source: Source, cache: Path, tell: Tell) -> Path:
    """Return the folder with a source's programs, building them unless `cache` has them.

    Raises:
        ProgramsMissing: there is no Go, or a build failed.
    """
    folder = cache / source.key
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with locked(cache / "lock", tell):
            if not folder.is_dir():
                _build(source, folder, tell)
    return folder


@contextmanager
def locked(path: Path, tell: Tell) -> Iterator[None]:
    """Hold a lock that ends with this process, waiting for another one that builds."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(f"waiting for another run that builds ({path}) …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(source: Source, folder: Path, tell: Tell) -> None:
    """Build a source's programs into `folder`, which appears whole or not at all."""
    for left in folder.parent.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=folder.parent) as unfinished:
        made = Path(unfinished) / "built"
        for program, package in source.packages.items():
            tell(f"building {program} {source.version} from the Go module proxy …")
            begun = time.monotonic()
            _run_go("build", f"-o={made / program}", *source.flags, package, folder=source.module)
            tell(f"built {program} in {time.monotonic() - begun:.0f} s")
        for name, below in source.manifests.items():
            _keep_manifests(source, below, made / name)
        made.rename(folder)


def _keep_manifests(source: Source, below: str, kept: Path) -> None:
    """Copy the YAML files of a folder of the project's own source."""
    where = _run_go("list", "-m", "-f={{.Dir}}", source.requires, folder=source.module)
    kept.mkdir(parents=True)
    for file in sorted((Path(where.strip()) / below).glob("*.yaml")):
        # Modules are read-only files; a cache should be easy to delete.
        shutil.copyfile(file, kept / file.name)


def _run_go(*arguments: str, folder: Path) -> str:
    go = shutil.which("go")
    if go is None:
        raise ProgramsMissing(
            "the cluster tests need Go 1.26 or newer on the PATH (https://go.dev/dl/) to build an "
            "API server, or KUBECONFIG to name a cluster; there is neither"
        )
    # A workspace above this folder, or cgo without a C compiler, must not get in the way.
    environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off"}
    ended = subprocess.run(
        [go, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        said = "\n".join(ended.stderr.splitlines()[-20:])
        raise ProgramsMissing(f"`go {' '.join(arguments)}` failed in {folder}:\n{said}")
    return ended.stdout
