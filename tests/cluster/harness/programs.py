"""The control plane's programs, built from the Go module proxy once and kept for later runs.

Each folder of `modules/` is a Go module that requires one project and locks all that it is made
of. What was built is kept by version, in `$XDG_CACHE_HOME/certwright/cluster` (`~/.cache` where
that is unset) or in the folder that `CERTWRIGHT_CLUSTER_CACHE` names.
"""

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
from dataclasses import dataclass
from pathlib import Path

CACHE_VARIABLE = "CERTWRIGHT_CLUSTER_CACHE"

Tell = Callable[[str], None]
"""Takes a line for the person who waits."""


class ProgramsMissing(Exception):
    """The programs of a control plane can't be had; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Source:
    """A Go module that requires the project `requires`, and what is built of it.

    Args:
        folder: its folder below `modules/`.
        packages: the package of each program, by the program's name, in the order to build them.
        stamped: variables that are set to the project's version when a program is linked.
    """

    folder: str
    requires: str
    packages: Mapping[str, str]
    stamped: tuple[str, ...] = ()

    @property
    def module(self) -> Path:
        """The folder with go.mod and go.sum."""
        return Path(__file__).parent / "modules" / self.folder

    @property
    def version(self) -> str:
        """The version that go.mod requires, such as v3.6.5."""
        required = rf"^require {re.escape(self.requires)} (v\S+)$"
        found = re.search(required, (self.module / "go.mod").read_text(), re.MULTILINE)
        assert found is not None
        return found[1]

    @property
    def flags(self) -> tuple[str, ...]:
        """The arguments of `go build`."""
        stamps = "".join(f" -X {variable}={self.version}" for variable in self.stamped)
        return ("-mod=readonly", "-trimpath", "-buildvcs=false", f"-ldflags=-s -w{stamps}")

    @property
    def key(self) -> str:
        """The name of the folder that keeps what was built: anew when anything in it changes."""
        whole = hashlib.sha256(" ".join((*self.flags, *self.packages)).encode())
        for name in ("go.mod", "go.sum"):
            whole.update((self.module / name).read_bytes())
        system = f"{platform.system()}-{platform.machine()}".lower()
        return f"{self.folder}-{self.version}-{system}-{whole.hexdigest()[:12]}"


ETCD = Source("etcd", "go.etcd.io/etcd/server/v3", {"etcd": "go.etcd.io/etcd/server/v3"})
KUBERNETES = Source(
    "kubernetes",
    "k8s.io/kubernetes",
    {
        # The first fills Go's own cache for the others.
        name: f"k8s.io/kubernetes/cmd/{name}"
        for name in ("kube-apiserver", "kube-controller-manager", "kubectl")
    },
    # Without these, discovery and clients see v0.0.0.
    ("k8s.io/component-base/version.gitVersion", "k8s.io/client-go/pkg/version.gitVersion"),
)


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs of a control plane are."""

    etcd: Path
    api_server: Path
    controller_manager: Path
    kubectl: Path


def prepared(tell: Tell, cache: Path | None = None) -> Programs:
    """Return the programs, building what is not in the cache; a finished build is never repeated.

    Args:
        tell: is told what is built and how long it took.
        cache: where programs are kept; unset, as the module's docstring says.

    Raises:
        ProgramsMissing: there is no Go, or a build failed.
    """
    kept = cache or cache_folder(os.environ)
    kubernetes = _built(KUBERNETES, kept, tell)
    return Programs(
        _built(ETCD, kept, tell) / "etcd",
        kubernetes / "kube-apiserver",
        kubernetes / "kube-controller-manager",
        kubernetes / "kubectl",
    )


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder that keeps what was built."""
    if own := environment.get(CACHE_VARIABLE):
        return Path(own)
    common = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(common) / "certwright" / "cluster"


def _built(source: Source, cache: Path, tell: Tell) -> Path:
    folder = cache / source.key
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(cache / "lock", tell):
            if not folder.is_dir():
                _build(source, folder, tell)
    return folder


@contextmanager
def _locked(path: Path, tell: Tell) -> Iterator[None]:
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
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as unfinished:
        built = Path(unfinished) / "built"
        for program, package in source.packages.items():
            tell(f"building {program} {source.version} from the Go module proxy …")
            begun = time.monotonic()
            _run_go("build", f"-o={built / program}", *source.flags, package, folder=source.module)
            tell(f"built {program} in {time.monotonic() - begun:.0f} s")
        built.rename(folder)


def _run_go(*arguments: str, folder: Path) -> None:
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
