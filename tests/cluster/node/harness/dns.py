"""The names that pods resolve: CoreDNS in kube-system, and what tests add to it.

A test's zones are server blocks behind a mark in the Corefile, which kubeadm's clusters and kind
keep in the same ConfigMap as our own node does.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tests.cluster.harness.processes import ENOUGH
from tests.cluster.harness.resources import Document
from tests.end_to_end.harness.programs import Finished

_PAUSE = 0.1
_MARK = "# Zones of a test; see tests/cluster/node/harness/dns.py."
_LABELS = {"k8s-app": "kube-dns"}
_NAMESPACE = "kube-system"

_COREFILE = """\
.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }
    cache 5
}
"""


class Zone(Protocol):
    """A domain whose names a test decides on."""

    @property
    def block(self) -> str:
        """The server block of the Corefile."""
        ...


@dataclass(frozen=True, slots=True)
class Answering:
    """Every name at or below `name` has one IPv4 address."""

    name: str
    address: str

    @property
    def block(self) -> str:
        """The server block of the Corefile."""
        return f"""{self.name}:53 {{
    errors
    template IN A {{
        answer "{{{{ .Name }}}} 1 IN A {self.address}"
    }}
    template IN ANY {{
        rcode NOERROR
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Whatever is asked for at or below `name`, a name server answers.

    Args:
        name: the domain.
        server: the name server's IP address and port: `203.0.113.20:53`.
    """

    name: str
    server: str

    @property
    def block(self) -> str:
        """The server block of the Corefile."""
        return f"""{self.name}:53 {{
    errors
    forward . {self.server} {{
        max_fails 0
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Dns:
    """The cluster's CoreDNS.

    Args:
        kubectl: runs kubectl as the administrator.
        answers: tells whether pods get answers already: a Service's address leads somewhere a
            while after its pods are ready.
    """

    kubectl: Callable[..., Finished]
    answers: Callable[[], bool]

    def serve(self, *zones: Zone) -> None:
        """Answer for these zones in place of those of an earlier call; return when it does so."""
        names = ("configmap", "coredns", f"--namespace={_NAMESPACE}")
        found = json.loads(self.kubectl("get", *names, "--output=json").succeeded().output)
        corefile = _with_zones(found["data"]["Corefile"], zones)
        if corefile == found["data"]["Corefile"]:
            return
        patch = json.dumps({"data": {"Corefile": corefile}})
        self.kubectl("patch", *names, "--type=merge", f"--patch={patch}").succeeded()
        # CoreDNS would reload by itself, nobody knows when.
        self.kubectl("rollout", "restart", *_DEPLOYMENT).succeeded()
        self.wait()

    def wait(self) -> None:
        """Return when CoreDNS serves; raise `AssertionError` if it doesn't."""
        self.kubectl("rollout", "status", *_DEPLOYMENT, f"--timeout={ENOUGH}s").succeeded()
        given_up = time.monotonic() + ENOUGH
        while not self.answers():
            assert time.monotonic() < given_up, "CoreDNS is ready, and its Service leads nowhere"
            time.sleep(_PAUSE)


_DEPLOYMENT = ("deployment/coredns", f"--namespace={_NAMESPACE}")


def _with_zones(corefile: str, zones: tuple[Zone, ...]) -> str:
    own = corefile.partition(_MARK)[0]
    if not zones:
        return own
    return "\n".join((f"{own}{_MARK}", *(zone.block for zone in zones)))


def documents(image: str, address: str) -> list[Document]:
    """Return what runs CoreDNS as the cluster's name server.

    Args:
        image: CoreDNS; the node has it already.
        address: of the Service, the one that kubelet tells pods.
    """
    return [
        _document("v1", "ServiceAccount"),
        _document("v1", "ConfigMap", data={"Corefile": _COREFILE}),
        _document(_RBAC, "ClusterRole", namespace=None, rules=_RULES),
        _document(
            _RBAC,
            "ClusterRoleBinding",
            namespace=None,
            roleRef={
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "coredns",
            },
            subjects=[{"kind": "ServiceAccount", "name": "coredns", "namespace": _NAMESPACE}],
        ),
        _document("apps/v1", "Deployment", spec=_deployment(image)),
        _document("v1", "Service", name="kube-dns", spec=_service(address)),
    ]


_RBAC = "rbac.authorization.k8s.io/v1"
_RULES = [
    {
        "apiGroups": [""],
        "resources": ["services", "pods", "namespaces"],
        "verbs": ["list", "watch"],
    },
    {
        "apiGroups": ["discovery.k8s.io"],
        "resources": ["endpointslices"],
        "verbs": ["list", "watch"],
    },
]


def _document(
    version: str,
    kind: str,
    name: str = "coredns",
    namespace: str | None = _NAMESPACE,
    **content: Any,
) -> Document:
    metadata: Document = {"name": name, "labels": _LABELS}
    if namespace is not None:
        metadata["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **content}


def _service(address: str) -> Document:
    ports = [
        {"name": protocol.lower(), "port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")
    ]
    return {"clusterIP": address, "selector": _LABELS, "ports": ports}


_PORTS_FOR_ALL = {"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}


def _deployment(image: str) -> Document:
    container = {
        "name": "coredns",
        "image": image,
        "imagePullPolicy": "Never",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "volumeMounts": [{"name": "configuration", "mountPath": "/etc/coredns"}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
    }
    return {
        "selector": {"matchLabels": _LABELS},
        # An old one must not answer for the new one's zones.
        "strategy": {"type": "Recreate"},
        "template": {
            "metadata": {"labels": _LABELS},
            "spec": {
                "serviceAccountName": "coredns",
                "dnsPolicy": "Default",
                "securityContext": {"sysctls": [_PORTS_FOR_ALL]},
                "terminationGracePeriodSeconds": 1,
                "containers": [container],
                "volumes": [{"name": "configuration", "configMap": {"name": "coredns"}}],
            },
        },
    }
