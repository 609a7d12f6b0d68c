"""Definitions of other projects' kinds, out of their Go modules: downloaded, never built."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.cluster.harness.programs import CERT_MANAGER, ProgramsMissing
from tests.cluster.harness.resources import Document


@dataclass(frozen=True, slots=True)
class Module:
    """Files with definitions in a Go module.

    Args:
        version: the path and version, as `go mod download` takes it.
        digest: the module's, as go.sum has it; empty where the `folder`'s go.sum has it.
        files: below the module's root; may hold `*`.
        folder: where `go` runs.
    """

    version: str
    digest: str
    files: str
    folder: Path = Path(__file__).parent

    def documents(self) -> list[Document]:
        """Return the definitions.

        Raises:
            ProgramsMissing: there is no Go, or the module can't be had.
        """
        files = sorted(self._source().glob(self.files))
        assert files, f"{self.version} has no {self.files}"
        return [yaml.safe_load(file.read_text("utf-8")) for file in files]

    def _source(self) -> Path:
        go = shutil.which("go")
        if go is None:
            raise ProgramsMissing(f"{self.version} is a Go module, and there is no Go")
        ended = subprocess.run(
            [go, "mod", "download", "-json", self.version],
            cwd=self.folder,
            # The folder of these tests is in no module: what is downloaded changes nothing there.
            env=os.environ | {"GOWORK": "off", "GOFLAGS": "-mod=mod"},
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode != 0:
            raise ProgramsMissing(f"{self.version} can't be had: {ended.stderr or ended.stdout}")
        told = json.loads(ended.stdout)
        assert self.digest in {"", told["Sum"]}, f"{self.version} is another: {told['Sum']}"
        return Path(told["Dir"])


CERT_MANAGERS = Module(
    f"{CERT_MANAGER.requires}@{CERT_MANAGER.version}",
    "",
    "deploy/crds/*.yaml",
    CERT_MANAGER.module,
)
GATEWAY = Module(
    "sigs.k8s.io/gateway-api@v1.4.0",
    "h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ=",
    "config/crd/standard/gateway.networking.k8s.io_gateways.yaml",
)
ARGO_CD = Module(
    "github.com/argoproj/argo-cd/v3@v3.2.0",
    "h1:m2eGAV+nXQGgzZbH5SyJD5laaPW27mzWXBrgisUHY/0=",
    "manifests/crds/application-crd.yaml",
)
FLUX = (
    Module(
        "github.com/fluxcd/source-controller@v1.7.0",
        "h1:/fBgS4CSmT5Jj/fjQDF92y+pC3gst1GJjgNSzY8Ff9I=",
        "config/crd/bases/*.yaml",
    ),
    Module(
        "github.com/fluxcd/kustomize-controller@v1.6.0",
        "h1:13S+wqCQ44njSg59DNgm1qMqVkK6+0eoZs+jv4+EWCs=",
        "config/crd/bases/*.yaml",
    ),
    Module(
        "github.com/fluxcd/helm-controller@v1.4.0",
        "h1:rkm8rmB6Na7eNc4pJOnvtXEaJ19iKluRtayHKjBxcUM=",
        "config/crd/bases/*.yaml",
    ),
)
