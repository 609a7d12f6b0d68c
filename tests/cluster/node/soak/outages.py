"""What may go wrong below and beside the servers, and when it is over."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.cluster.harness.resources import Document
from tests.cluster.node.harness.node import Node
from tests.cluster.node.site import documents
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import SERVER, SYSTEM, Site
from tests.cluster.node.site.waiting import until
from tests.cluster.node.soak.groups import Groups
from tests.cluster.node.soak.sizes import API_OUTAGE
from tests.cluster.node.soak.tenants import Tenants

_DEPLOYMENTS: Final = {
    "certwright-acme": SERVER,
    "certwright-operator": SYSTEM,
    "cert-manager": "cert-manager",
    "ingress": "ingress",
}


@dataclass(frozen=True, slots=True)
class Outage:
    """Something that breaks.

    Args:
        what: for people.
        strike: breaks it, and returns once it is on its way back.
    """

    what: str
    strike: Callable[[Site], None]


def recovered(site: Site, tenants: Tenants) -> None:
    """Return once all that runs is ready again, and tenants' Issuers are."""
    for deployment, namespace in _DEPLOYMENTS.items():
        site.rolled_out(deployment, namespace)
    for namespace in tenants.namespaces:
        site.kubectl.wait("condition=Ready", f"issuer/{documents.ISSUER}", namespace=namespace)


def _rolled(deployment: str) -> Callable[[Site], None]:
    def strike(site: Site) -> None:
        where = f"--namespace={_DEPLOYMENTS[deployment]}"
        site.kubectl("rollout", "restart", f"deployment/{deployment}", where).succeeded()

    return strike


def _killed(deployment: str) -> Callable[[Site], None]:
    """Return what ends one pod's container as the kernel does when memory is short."""

    def strike(site: Site) -> None:
        namespace = _DEPLOYMENTS[deployment]
        pod = next(
            each
            for each in site.kubectl.list("pod", namespace)
            if "deletionTimestamp" not in each["metadata"]
        )
        (status,) = pod["status"]["containerStatuses"]
        container = status["containerID"].partition("://")[2]
        processes = Groups.of(site.node).processes(pod["metadata"]["uid"], container)
        assert processes, f"{pod['metadata']['name']} runs nothing"
        for process in processes:
            os.kill(process, signal.SIGKILL)
        until(
            lambda: _restarts(site.kubectl, pod) > status["restartCount"],
            f"kubelet starts {pod['metadata']['name']} again",
        )

    return strike


def _restarts(kubectl: Kubectl, pod: Document) -> int:
    found = kubectl.get("pod", pod["metadata"]["name"], pod["metadata"]["namespace"])
    (status,) = found["status"]["containerStatuses"]
    restarts: int = status["restartCount"]
    return restarts


def _etcd_killed(site: Site) -> None:
    site.node.restart_etcd()


def _api_server_stopped(site: Site) -> None:
    _without_api_server(site.node, API_OUTAGE)


def _without_api_server(node: Node, seconds: float) -> None:
    control_plane = node.machine.control_plane
    control_plane.api_server.stop()
    time.sleep(seconds)
    control_plane.start_api_server()


OUTAGES: Final = (
    Outage("servers rolled", _rolled("certwright-acme")),
    Outage("a server killed", _killed("certwright-acme")),
    Outage("operator killed", _killed("certwright-operator")),
    Outage("etcd killed", _etcd_killed),
    Outage(f"API server stopped for {API_OUTAGE} s", _api_server_stopped),
    Outage("cert-manager killed", _killed("cert-manager")),
    Outage("ingress controller rolled", _rolled("ingress")),
)
