"""The API server takes all that the chart renders, down to the pods."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.chart.chart import Helm, Values, named, pod_of
from tests.cluster.chart.tables import EVERYTHING, SQLITE, TABLE
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.resources import Document
from tests.end_to_end.harness.programs import Finished

_EACH = [pytest.param(values, id=name) for name, values in TABLE.items()]

_RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"

_SERVICE_MONITORS: Document = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "servicemonitors.monitoring.coreos.com"},
    "spec": {
        "group": "monitoring.coreos.com",
        "names": {"kind": "ServiceMonitor", "plural": "servicemonitors"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "x-kubernetes-preserve-unknown-fields": True,
                    }
                },
            }
        ],
    },
}


@dataclass(frozen=True, slots=True)
class Place:
    """Namespaces of one test on the cluster, in which only restricted pods may be."""

    cluster: Cluster
    folder: Path
    operator: str
    server: str
    tenant: str

    def values(self, values: Values) -> dict[str, Any]:
        """Return values for these namespaces."""
        return {**values, "server": {**values.get("server", {}), "namespace": self.server}}

    def tried(self, documents: list[Document]) -> Finished:
        """Have the API server apply documents without keeping them."""
        file = self.folder / "documents.yaml"
        file.write_text(yaml.safe_dump_all(documents), "utf-8")
        how = ("--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict")
        return self.cluster.kubectl("apply", *how, "-f", str(file))


@pytest.fixture
def place(cluster: Cluster, tmp_path: Path) -> Iterator[Place]:
    """Give the namespaces, with the ServiceAccounts that pods need to be created."""
    suffix = secrets.token_hex(4)
    operator, server, tenant = (f"{each}-{suffix}" for each in ("operator", "server", "tenant"))
    for namespace in (operator, server, tenant):
        cluster.kubectl("create", "namespace", namespace).succeeded()
        cluster.kubectl("label", "namespace", namespace, _RESTRICTED).succeeded()
    for namespace, account in ((operator, "certwright-operator"), (server, "certwright-acme")):
        cluster.kubectl("create", "serviceaccount", "-n", namespace, account).succeeded()
    yield Place(cluster, tmp_path, operator, server, tenant)
    cluster.kubectl("delete", "namespace", "--wait=false", operator, server, tenant).succeeded()


@pytest.fixture
def service_monitors(cluster: Cluster, tmp_path: Path) -> Iterator[None]:
    """Have ServiceMonitors served: as they are, or else with a definition that takes anything."""
    name = _SERVICE_MONITORS["metadata"]["name"]
    if cluster.kubectl("get", "crd", name).code == 0:
        yield
        return
    file = tmp_path / "service-monitors.json"
    file.write_text(json.dumps(_SERVICE_MONITORS), "utf-8")
    cluster.kubectl("create", "-f", str(file)).succeeded()
    cluster.kubectl("wait", "--for=condition=Established", f"crd/{name}").succeeded()
    yield
    cluster.kubectl("delete", "crd", name).succeeded()


@pytest.mark.usefixtures("service_monitors")
@pytest.mark.parametrize("values", _EACH)
def test_the_api_server_takes_every_rendering(helm: Helm, place: Place, values: Values) -> None:
    documents = helm.rendered(place.values(values), place.operator)
    applied = place.tried(documents).succeeded()
    assert len(applied.output.splitlines()) == len(documents)


def test_the_api_server_takes_roles_in_tenants_namespaces(helm: Helm, place: Place) -> None:
    values = {"operator": {"tenantSecrets": {"namespaces": [place.tenant]}}}
    documents = helm.rendered(place.values(values), place.operator)
    assert named(documents, "Role", "certwright-operator-tenant-secrets", place.tenant)
    place.tried(documents).succeeded()


def test_a_field_that_does_not_exist_would_be_refused(helm: Helm, place: Place) -> None:
    """So a rendering that is taken has no field that the API server would drop."""
    documents = helm.rendered(place.values({}), place.operator)
    pod_of(documents, "certwright-acme")["spec"]["readOnly"] = True
    refused = place.tried(documents).failed()
    assert ".spec.template.spec.readOnly: field not declared in schema" in refused.text


def _pods(documents: list[Document], place: Place) -> list[Document]:
    """Return a pod of each Deployment, as its controller would create it."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**pod_of(documents, name)["metadata"], "name": name, "namespace": home},
            "spec": pod_of(documents, name)["spec"],
        }
        for name, home in (
            ("certwright-operator", place.operator),
            ("certwright-acme", place.server),
        )
    ]


@pytest.mark.parametrize("values", [{}, EVERYTHING, SQLITE], ids=["defaults", "all", "sqlite"])
def test_the_pods_meet_the_restricted_pod_security_standard(
    helm: Helm, place: Place, values: Values
) -> None:
    pods = _pods(helm.rendered(place.values(values), place.operator), place)
    applied = place.tried(pods).succeeded()
    assert "violate" not in applied.text
    assert len(applied.output.splitlines()) == 2


@pytest.mark.parametrize("level", ["pod", "container"])
def test_a_pod_with_less_would_be_refused(helm: Helm, place: Place, level: str) -> None:
    [pod, _] = _pods(helm.rendered(place.values({}), place.operator), place)
    part = pod["spec"] if level == "pod" else pod["spec"]["containers"][0]
    del part["securityContext"]
    assert 'violates PodSecurity "restricted' in place.tried([pod]).failed().text
