"""The chart, its values, and Helm to render it with."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.harness.resources import Document
from tests.end_to_end.harness.programs import Finished, run

ROOT = Path(__file__).resolve().parents[3]
CHART = ROOT / "helm" / "certwright"

RELEASE = "certwright"
OPERATOR_NAMESPACE = "certwright-system"
SERVER_NAMESPACE = "certwright-acme"

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Helm:
    """Helm's program, with files of a test's own.

    Args:
        folder: for values files and Helm's caches.
        kubeconfig: the cluster's; none where nothing but rendering is asked.
    """

    program: Path
    folder: Path
    kubeconfig: Path | None = None

    def __call__(self, *arguments: str) -> Finished:
        """Run Helm to its end."""
        homes = {
            f"HELM_{name}_HOME": str(self.folder / "helm" / name)
            for name in ("CACHE", "CONFIG", "DATA")
        }
        kubeconfig = str(self.kubeconfig or self.folder / "no-kubeconfig")
        environment = os.environ | homes | {"KUBECONFIG": kubeconfig}
        return run((str(self.program), *arguments), environment, self.folder)

    def written(self, values: Values) -> tuple[str, ...]:
        """Return the arguments that give values, which are written into a file."""
        file = self.folder / "values.yaml"
        file.write_text(yaml.safe_dump(dict(values)), "utf-8")
        return ("--values", str(file))

    def template(
        self, values: Values, namespace: str = OPERATOR_NAMESPACE, chart: Path = CHART
    ) -> Finished:
        """Run `helm template`."""
        given = self.written(values)
        return self("template", RELEASE, str(chart), "--namespace", namespace, *given)

    def rendered(
        self, values: Values, namespace: str = OPERATOR_NAMESPACE, chart: Path = CHART
    ) -> list[Document]:
        """Return what the chart makes of values."""
        output = self.template(values, namespace, chart).succeeded().output
        return [each for each in yaml.safe_load_all(output) if each]


def of_kind(documents: list[Document], kind: str) -> list[Document]:
    """Return the documents of a kind."""
    return [each for each in documents if each["kind"] == kind]


def named(documents: list[Document], kind: str, name: str, namespace: str = "") -> Document:
    """Return the one document of a kind, name and, where it is given, namespace."""
    [found] = [
        each
        for each in of_kind(documents, kind)
        if each["metadata"]["name"] == name
        and namespace in ("", each["metadata"].get("namespace", ""))
    ]
    return found


def pod_of(documents: list[Document], deployment: str) -> Document:
    """Return the pod's template of a Deployment."""
    template: Document = named(documents, "Deployment", deployment)["spec"]["template"]
    return template


def container_of(documents: list[Document], deployment: str) -> Document:
    """Return the one container of a Deployment's pods."""
    container: Document
    [container] = pod_of(documents, deployment)["spec"]["containers"]
    return container


def settings_of(documents: list[Document]) -> str:
    """Return the server's settings file."""
    text: str = named(documents, "Secret", "acme-settings")["stringData"]["settings.yaml"]
    return text
