"""The programs of a cluster, built from the Go module proxy once and kept for later runs.

Each folder of `modules/` is a Go module that requires one project and locks all that it is made
of. What was built is kept by version, in `$XDG_CACHE_HOME/certwright/cluster` (`~/.cache` where
that is unset) or in the folder that `CERTWRIGHT_CLUSTER_CACHE` names.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.building import ProgramsMissing, Source, Tell, built

__all__ = [
    "CACHE_VARIABLE",
    "NodePrograms",
    "Programs",
    "ProgramsMissing",
    "Tell",
    "cache_folder",
    "caddy",
    "helm",
    "kubeconform",
    "node_programs",
    "prepared",
]

CACHE_VARIABLE = "CERTWRIGHT_CLUSTER_CACHE"

ETCD = Source("etcd", "go.etcd.io/etcd/server/v3", {"etcd": "go.etcd.io/etcd/server/v3"})

_KUBERNETES_VERSION = {
    # Without these, discovery and clients see v0.0.0.
    "k8s.io/component-base/version.gitVersion": "{version}",
    "k8s.io/client-go/pkg/version.gitVersion": "{version}",
}
KUBERNETES = Source(
    "kubernetes",
    "k8s.io/kubernetes",
    {
        # The first fills Go's own cache for the others.
        name: f"k8s.io/kubernetes/cmd/{name}"
        for name in ("kube-apiserver", "kube-controller-manager", "kubectl")
    },
    _KUBERNETES_VERSION,
)
NODE = Source(
    "kubernetes",
    "k8s.io/kubernetes",
    {name: f"k8s.io/kubernetes/cmd/{name}" for name in ("kube-scheduler", "kubelet", "kube-proxy")},
    _KUBERNETES_VERSION,
)
HELM = Source(
    "helm",
    "helm.sh/helm/v3",
    {"helm": "helm.sh/helm/v3/cmd/helm"},
    {
        "helm.sh/helm/v3/internal/version.version": "{version}",
        # What `helm template` and `helm lint` take for the cluster's version; 1.20 without.
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": "36",
        "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor": "1",
        "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor": "36",
    },
)
KUBECONFORM = Source(
    "kubeconform",
    "github.com/yannh/kubeconform",
    {"kubeconform": "github.com/yannh/kubeconform/cmd/kubeconform"},
)
CADDY = Source(
    "caddy",
    "github.com/caddyserver/caddy/v2",
    {"caddy": "github.com/caddyserver/caddy/v2/cmd/caddy"},
)
COREDNS = Source("coredns", "github.com/coredns/coredns", {"coredns": "github.com/coredns/coredns"})
PAUSE = Source("pause", "", {"pause": "."})
CERT_MANAGER = Source(
    "cert-manager",
    "github.com/cert-manager/cert-manager",
    {"controller": "./controller", "solver": "./solver"},
    {"github.com/cert-manager/cert-manager/pkg/util.AppVersion": "{version}"},
    {"definitions": "deploy/crds"},
)


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs of a control plane are."""

    etcd: Path
    api_server: Path
    controller_manager: Path
    kubectl: Path


@dataclass(frozen=True, slots=True)
class NodePrograms:
    """Where the programs of a cluster with a node are, and of what runs on the node.

    Args:
        acme_solver: what cert-manager starts in a pod to answer one HTTP-01 challenge.
        pause: what holds a pod's namespaces: it waits for a signal.
        cert_manager_definitions: a folder with a YAML file for each of its definitions.
    """

    control_plane: Programs
    scheduler: Path
    kubelet: Path
    kube_proxy: Path
    coredns: Path
    helm: Path
    cert_manager: Path
    acme_solver: Path
    pause: Path
    cert_manager_definitions: Path


def prepared(tell: Tell, cache: Path | None = None) -> Programs:
    """Return the programs, building what is not in the cache; a finished build is never repeated.

    Args:
        tell: is told what is built and how long it took.
        cache: where programs are kept; unset, as the module's docstring says.

    Raises:
        ProgramsMissing: there is no Go, or a build failed.
    """
    kept = cache or cache_folder(os.environ)
    kubernetes = built(KUBERNETES, kept, tell)
    return Programs(
        built(ETCD, kept, tell) / "etcd",
        kubernetes / "kube-apiserver",
        kubernetes / "kube-controller-manager",
        kubernetes / "kubectl",
    )


def helm(tell: Tell, cache: Path | None = None) -> Path:
    """Return Helm's program; arguments and errors are those of `prepared`."""
    return built(HELM, cache or cache_folder(os.environ), tell) / "helm"


def kubeconform(tell: Tell, cache: Path | None = None) -> Path:
    """Return kubeconform's program; arguments and errors are those of `prepared`."""
    return built(KUBECONFORM, cache or cache_folder(os.environ), tell) / "kubeconform"


def caddy(tell: Tell, cache: Path | None = None) -> Path:
    """Return Caddy's program; arguments and errors are those of `prepared`."""
    return built(CADDY, cache or cache_folder(os.environ), tell) / "caddy"


def node_programs(tell: Tell, cache: Path | None = None) -> NodePrograms:
    """Return the programs of a cluster with a node; arguments and errors are `prepared`'s."""
    kept = cache or cache_folder(os.environ)
    control_plane = prepared(tell, kept)
    node = built(NODE, kept, tell)
    cert_manager = built(CERT_MANAGER, kept, tell)
    return NodePrograms(
        control_plane,
        node / "kube-scheduler",
        node / "kubelet",
        node / "kube-proxy",
        built(COREDNS, kept, tell) / "coredns",
        helm(tell, kept),
        cert_manager / "controller",
        cert_manager / "solver",
        built(PAUSE, kept, tell) / "pause",
        cert_manager / "definitions",
    )


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder that keeps what was built."""
    if own := environment.get(CACHE_VARIABLE):
        return Path(own)
    common = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(common) / "certwright" / "cluster"
