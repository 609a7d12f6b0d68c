"""A cluster with cert-manager, an ingress controller and Certwright, as Helm installs it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.node.harness.dns import Answering
from tests.cluster.node.harness.images import names
from tests.cluster.node.harness.images.node_images import NodeImages
from tests.cluster.node.harness.node import Node
from tests.cluster.node.site.documents import DIRECT, ROUTED
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.waiting import until
from tests.end_to_end.harness.programs import Finished

REPOSITORY: Final = Path(__file__).resolve().parents[4]
CHART: Final = REPOSITORY / "helm" / "certwright"
RELEASE: Final = "certwright"
SYSTEM: Final = "certwright-system"
SERVER: Final = "certwright-acme"

_MANIFESTS = Path(__file__).resolve().parents[1] / "manifests"
INGRESS: Final = "ingress.ingress.svc.cluster.local:80"


@dataclass(frozen=True, slots=True)
class Site:
    """The cluster and what is installed on it."""

    node: Node
    kubectl: Kubectl

    def surround(self, images: NodeImages, definitions: Path) -> None:
        """Install what Certwright finds in a cluster: cert-manager and an ingress controller.

        Args:
            images: archives of all images.
            definitions: the folder with cert-manager's.
        """
        for archive in (images.cert_manager, images.acme_solver, images.ingress, images.product):
            self.node.load(archive)
        apply = ("apply", "--server-side", "--force-conflicts", "--filename")
        self.kubectl(*apply, str(definitions)).succeeded()
        self.kubectl("wait", "--for=condition=Established", "crd", "--all").succeeded()
        self.kubectl(*apply, str(_MANIFESTS)).succeeded()
        for namespace in ("cert-manager", "ingress"):
            self.rolled_out(namespace, namespace)

    def resolve(self) -> None:
        """Have the cluster's DNS lead names of `DIRECT` to the ingress controller."""
        address = self.kubectl.get("service", "ingress", "ingress")["spec"]["clusterIP"]
        self.node.dns.serve(Answering(DIRECT, address))

    def install(self, *arguments: str, chart: Path = CHART, image: str = names.PRODUCT) -> Finished:
        """Install Certwright, or upgrade it, and return when both programs are ready.

        Args:
            arguments: more of `helm upgrade --install`.
            chart: the chart's folder.
            image: what its pods run.
        """
        repository, _, tag = image.rpartition(":")
        values = (
            *("--set", f"image.repository={repository},image.tag={tag}"),
            *("--set", f"server.routes[0].suffix={ROUTED},server.routes[0].target={INGRESS}"),
        )
        where = ("--namespace", SYSTEM, "--create-namespace")
        return self.node.helm(
            *("upgrade", "--install", RELEASE, str(chart), *where, *values),
            *("--wait", "--timeout=150s", *arguments),
        )

    def uninstall(self) -> None:
        """Uninstall Certwright, and return when its pods are gone."""
        self.node.helm("uninstall", RELEASE, "--namespace", SYSTEM, "--wait").succeeded()
        until(lambda: not self._pods(), "the pods of an uninstalled release end")

    def rolled_out(self, deployment: str, namespace: str) -> None:
        """Return once a Deployment has what it wants."""
        what = ("rollout", "status", f"deployment/{deployment}", f"--namespace={namespace}")
        self.kubectl(*what, "--timeout=150s").succeeded()

    def _pods(self) -> set[str]:
        return self.kubectl.names("pod", SYSTEM) | self.kubectl.names("pod", SERVER)
