"""containerd and its network plugins: the containers of a node."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.harness.processes import Process
from tests.cluster.node.harness import commands
from tests.cluster.node.harness.namespaces import Namespaces
from tests.end_to_end.harness.programs import Finished

PODS = "198.51.100.0/24"
"""The addresses of pods: a documentation range (RFC 5737)."""
SOCKET = "/run/containerd/containerd.sock"
"""Where containerd answers, inside."""

_KUBERNETES = "k8s.io"
"""containerd's own namespace for what kubelet runs."""


@dataclass(slots=True)
class Containers:
    """containerd, from `start` until its namespaces end."""

    namespaces: Namespaces
    process: Process

    @classmethod
    def prepared(cls, folder: Path, namespaces: Namespaces, sandbox: str) -> "Containers":
        """Return a containerd that is not started yet.

        Args:
            folder: for its configuration and its log.
            namespaces: where it is to run; they exist already.
            sandbox: the image that holds a pod's namespaces, to be loaded before there is a pod.

        Raises:
            NodeImpossible: the network plugins are not there.
        """
        network = folder / "network"
        network.mkdir()
        (network / "pods.conflist").write_text(json.dumps(_NETWORK, indent=2))
        configuration = folder / "containerd.toml"
        configuration.write_text(_configuration(network, commands.plugins(), sandbox))
        command = (*namespaces.inside, "containerd", f"--config={configuration}")
        return cls(namespaces, Process(command, folder / "containerd.log"))

    def start(self) -> None:
        """Start it, and return when it answers.

        Raises:
            NotReady: it ended instead, or took too long.
        """
        self.process.start(lambda: self._ctr("version").code == 0)

    def load(self, archive: Path) -> None:
        """Load the images of an archive, under the names that it gives them."""
        self._ctr("images", "import", str(archive)).succeeded()

    def name(self, image: str, also: str) -> None:
        """Give an image that is loaded another name, too."""
        self._ctr("images", "tag", "--force", image, also).succeeded()

    def _ctr(self, *arguments: str) -> Finished:
        command = (*self.namespaces.inside, "ctr", f"--namespace={_KUBERNETES}", *arguments)
        return commands.run(command, self.namespaces.folder)


_NETWORK: dict[str, Any] = {
    "cniVersion": "0.4.0",
    "name": "pods",
    "plugins": [
        {
            # A link for each pod, routed: between ports of one bridge, answers would go around
            # the packet filter that undoes a Service's address, unless a kernel module is there.
            "type": "ptp",
            "ipam": {
                "type": "host-local",
                "ranges": [[{"subnet": PODS}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        },
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}


def _configuration(network: Path, plugins: Path, sandbox: str) -> str:
    """Return containerd's configuration.

    TOML takes the strings that JSON writes.
    """
    return f"""version = 2

[grpc]
address = {json.dumps(SOCKET)}

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = {json.dumps(sandbox)}
# Without CAP_SYS_RESOURCE, runc fails to make a process less likely to be killed than its parent.
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = {json.dumps(str(plugins))}
conf_dir = {json.dumps(str(network))}
"""
