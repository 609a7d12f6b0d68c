"""The programs of Kubernetes that a node adds to a control plane: how each is configured."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.harness.control_plane import Place, Surroundings
from tests.cluster.harness.processes import Process
from tests.cluster.harness.programs import NodePrograms
from tests.cluster.node.harness.certificates import KubeletClient
from tests.cluster.node.harness.containers import PODS, SOCKET
from tests.cluster.node.harness.namespaces import ADDRESS, Namespaces

NAME = "node"
"""The node's name."""
DNS = "203.0.113.10"
"""The address of the Service that resolves names for pods."""

_SCHEDULER = "system:kube-scheduler"
_PROXY = "system:kube-proxy"
_KUBELET = f"system:node:{NAME}"


def surroundings(namespaces: Namespaces, client: KubeletClient) -> Surroundings:
    """Return what makes a control plane one for a node in these namespaces, which exist already."""
    return Surroundings(
        # A name of the certificate that the API server makes for itself.
        host="localhost",
        enter=namespaces.network,
        api_server=(
            "--bind-address=0.0.0.0",
            f"--advertise-address={ADDRESS}",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged",
            "--kubelet-preferred-address-types=InternalIP",
            f"--kubelet-client-certificate={client.certificate}",
            f"--kubelet-client-key={client.key}",
        ),
        controllers=("*",),
        users={
            _SCHEDULER: ("system:authenticated",),
            _PROXY: ("system:authenticated",),
            _KUBELET: ("system:nodes",),
        },
    )


@dataclass(frozen=True, slots=True)
class Components:
    """The scheduler, kubelet and kube-proxy of one node."""

    scheduler: Process
    kubelet: Process
    proxy: Process

    @classmethod
    def prepared(
        cls,
        place: Place,
        namespaces: Namespaces,
        programs: NodePrograms,
        client: KubeletClient,
        cgroup: str,
    ) -> "Components":
        """Return components that are not started yet.

        Args:
            place: their control plane.
            namespaces: where they are to run.
            programs: where the programs are.
            client: as whom the API server comes to kubelet.
            cgroup: the control group for all pods.
        """
        kubelet = place.folder / "kubelet.yaml"
        kubelet.write_text(yaml.safe_dump(_kubelet(client, cgroup)))
        proxy = place.folder / "kube-proxy.yaml"
        proxy.write_text(yaml.safe_dump(_proxy(place.kubeconfig_of(_PROXY))))
        return cls(
            Process(
                (
                    *namespaces.network,
                    str(programs.scheduler),
                    f"--kubeconfig={place.kubeconfig_of(_SCHEDULER)}",
                    "--leader-elect=false",
                    "--secure-port=0",
                ),
                place.folder / "kube-scheduler.log",
            ),
            Process(
                (
                    *namespaces.inside,
                    str(programs.kubelet),
                    f"--config={kubelet}",
                    f"--kubeconfig={place.kubeconfig_of(_KUBELET)}",
                    f"--hostname-override={NAME}",
                    f"--node-ip={ADDRESS}",
                ),
                place.folder / "kubelet.log",
            ),
            Process(
                (*namespaces.inside, str(programs.kube_proxy), f"--config={proxy}"),
                place.folder / "kube-proxy.log",
            ),
        )

    def start(self) -> None:
        """Start all; each shows its work in what comes about later."""
        for each in (self.scheduler, self.kubelet, self.proxy):
            each.start(lambda: True)

    def stop(self) -> None:
        """Stop all, and leave the pods."""
        for each in (self.proxy, self.kubelet, self.scheduler):
            each.stop()


def _kubelet(client: KubeletClient, cgroup: str) -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(client.certificate)},
        },
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{cgroup}",
        "enforceNodeAllocatable": [],
        "failCgroupV1": False,
        "failSwapOn": False,
        # What else fills this machine is none of the tests' business.
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%"},
        # Nobody could load an image again.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "clusterDNS": [DNS],
        "clusterDomain": "cluster.local",
        # The machine's name servers are out of reach.
        "resolvConf": "",
        # How soon a pod sees a changed Secret or ConfigMap in its volume; a minute by default.
        "syncFrequency": "5s",
    }


def _proxy(kubeconfig: Path) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        "hostnameOverride": NAME,
        "clusterCIDR": PODS,
        "oomScoreAdj": 0,
        # The limits of connection tracking are the machine's, and can't be set in here.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s"},
    }
