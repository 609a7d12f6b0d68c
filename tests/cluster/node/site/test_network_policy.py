"""Nothing is missing where only what the chart's NetworkPolicies allow passes, and no more does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from tests.cluster.harness.resources import Document
from tests.cluster.node.harness.images import names
from tests.cluster.node.harness.namespaces import ADDRESS
from tests.cluster.node.harness.node import Node
from tests.cluster.node.site import documents
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.documents import ALPHA, DIRECT, ROUTED, certificate
from tests.cluster.node.site.enforcement import Enforcement
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import SERVER, SYSTEM, Site
from tests.cluster.node.site.waiting import until

pytestmark = pytest.mark.node

MONITORING: Final = "monitoring"
STRANGERS: Final = "strangers"
CONFINED: Final = "confined"

ACME, PEERS, SERVER_METRICS, OPERATOR_METRICS = 443, 8444, 8081, 8080
KUBELET: Final = 10250
"""A port of the node that neither program has any business with."""

_CONNECT: Final = (
    "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).close()"
)
_END: Final = "import os, signal; os.kill(1, signal.SIGTERM)"


@dataclass(frozen=True, slots=True)
class Caller:
    """A pod that connects to others.

    Args:
        kubectl: the administrator's.
        namespace: the pod's.
        pod: its name.
        python: the interpreter in it.
    """

    kubectl: Kubectl
    namespace: str
    pod: str = "caller"
    python: str = "/opt/easyhaproxy/bin/python"

    def reaches(self, address: str, port: int) -> bool:
        """Tell whether a connection to a port comes about."""
        where = ("exec", f"--namespace={self.namespace}", self.pod, "--")
        return self.kubectl(*where, self.python, "-c", _CONNECT, address, str(port)).code == 0

    def reached(self, addresses: "Addresses") -> set[int]:
        """Return the ports that it reaches, of all that the two programs listen on."""
        ports = [(addresses.servers[0], port) for port in (ACME, PEERS, SERVER_METRICS)]
        ports.append((addresses.operator, OPERATOR_METRICS))
        return {port for address, port in ports if self.reaches(address, port)}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the pods of the two programs are."""

    servers: tuple[str, ...]
    operator: str

    @classmethod
    def of(cls, kubectl: Kubectl) -> "Addresses":
        """Return those of the pods that aren't about to end."""
        (operator,) = addresses(kubectl, SYSTEM).values()
        return cls(tuple(addresses(kubectl, SERVER).values()), operator)


def addresses(kubectl: Kubectl, namespace: str) -> dict[str, str]:
    """Return the pods of a namespace that aren't about to end, with their addresses."""
    return {
        pod["metadata"]["name"]: pod["status"]["podIP"]
        for pod in kubectl.list("pod", namespace)
        if "deletionTimestamp" not in pod["metadata"]
    }


@pytest.fixture(scope="module")
def callers(site: Site) -> Iterator[tuple[Caller, Caller]]:
    """Give a pod that may read metrics by the policies, and one that is a stranger to them."""
    both = (Caller(site.kubectl, MONITORING), Caller(site.kubectl, STRANGERS))
    for each in both:
        site.node.apply(documents.namespace(each.namespace), pod(each))
        site.kubectl.wait("condition=Ready", f"pod/{each.pod}", namespace=each.namespace)
    yield both
    for each in both:
        site.kubectl("delete", "namespace", each.namespace).succeeded()


@pytest.fixture(scope="module")
def enforcement(site: Site, own_node: Node) -> Iterator[Enforcement]:
    """Give what enforces the chart's policies, which are there; at the end, they are gone."""
    policy = {
        "enabled": True,
        "operationsFrom": [
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": MONITORING}}}
        ],
        # The port of this API server is a free one.
        "apiServerPorts": [443, own_node.machine.control_plane.place.api],
    }
    values = (f"{program}.networkPolicy={json.dumps(policy)}" for program in ("server", "operator"))
    site.install(*(each for value in values for each in ("--set-json", value))).succeeded()
    yield Enforcement(own_node, site.kubectl)
    site.install().succeeded()


def test_the_policies_let_in_whom_they_name_and_nobody_else(
    kubectl: Kubectl, enforcement: Enforcement, callers: tuple[Caller, Caller]
) -> None:
    monitoring, stranger = callers
    found = Addresses.of(kubectl)
    everything = {ACME, PEERS, SERVER_METRICS, OPERATOR_METRICS}
    assert stranger.reached(found) == everything

    with enforcement.on():
        assert stranger.reached(found) == {ACME}
        assert monitoring.reached(found) == everything - {PEERS}
        for name, own in addresses(kubectl, SERVER).items():
            server = Caller(kubectl, SERVER, name, "python")
            (other,) = (each for each in found.servers if each != own)
            assert server.reaches(other, PEERS)
            assert not server.reaches(other, SERVER_METRICS)
            assert not server.reaches(ADDRESS, KUBELET)
        assert stranger.reaches(ADDRESS, KUBELET)
    assert stranger.reached(found) == everything


def test_certificates_come_through_what_the_policies_leave_open(
    site: Site, kubectl: Kubectl, alpha: Certificates, enforcement: Enforcement
) -> None:
    failures = alpha.failures()
    with enforcement.on():
        restart_programs(kubectl)
        site.node.apply(
            documents.profile(CONFINED),
            documents.credential(ALPHA, CONFINED, CONFINED),
            documents.tenant_issuer(
                ALPHA, CONFINED, profile_name=CONFINED, credential_name=CONFINED
            ),
        )
        hosts = {
            **{f"{CONFINED}-{each}": f"{CONFINED}-{each}.{ALPHA}.{DIRECT}" for each in range(4)},
            f"{CONFINED}-routed": f"{CONFINED}.{ALPHA}.{ROUTED}",
        }
        site.node.apply(
            *(certificate(ALPHA, name, [host], CONFINED) for name, host in hosts.items())
        )
        alpha.ready(*hosts)

        for name, host in hosts.items():
            alpha.verified(name, f"platform.{CONFINED}", host)
        kubectl.wait("condition=Ready", f"eabcredential/{CONFINED}", namespace=ALPHA)
    assert alpha.failures() == failures
    assert [len(alpha.requests(name)) for name in hosts] == [1] * len(hosts)


def restart_programs(kubectl: Kubectl) -> None:
    """Have both programs start anew in the pods that there are, without a connection of before."""
    before = {namespace: restarts(kubectl, namespace) for namespace in (SYSTEM, SERVER)}
    for namespace, pods in before.items():
        for name in pods:
            where = (f"--namespace={namespace}", name)
            kubectl("exec", *where, "--", "python", "-c", _END).succeeded()
    once_more = {
        namespace: {name: (count + 1, True) for name, (count, _) in pods.items()}
        for namespace, pods in before.items()
    }
    until(
        lambda: {each: restarts(kubectl, each) for each in before} == once_more,
        "both programs run and are ready again",
    )


def restarts(kubectl: Kubectl, namespace: str) -> dict[str, tuple[int, bool]]:
    """Return how often each pod's program was restarted, and whether it is ready."""
    statuses = {
        pod["metadata"]["name"]: pod["status"]["containerStatuses"][0]
        for pod in kubectl.list("pod", namespace)
        if "deletionTimestamp" not in pod["metadata"]
    }
    return {name: (each["restartCount"], each["ready"]) for name, each in statuses.items()}


def pod(caller: Caller) -> Document:
    """Return a pod that waits to be told what to do."""
    container = {
        "name": "caller",
        "image": names.INGRESS,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "infinity"],
    }
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0}
    metadata = {"name": caller.pod, "namespace": caller.namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
