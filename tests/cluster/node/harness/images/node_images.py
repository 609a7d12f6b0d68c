"""All images of the node tests."""

from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.building import Tell
from tests.cluster.harness.programs import NodePrograms
from tests.cluster.node.harness.images import static
from tests.cluster.node.harness.images.ingress import ingress_image
from tests.cluster.node.harness.images.product import product_image


@dataclass(frozen=True, slots=True)
class NodeImages:
    """The archive of each image; `names` says what each is called on the node."""

    pause: Path
    coredns: Path
    cert_manager: Path
    acme_solver: Path
    busybox: Path
    ingress: Path
    product: Path


def node_images(programs: NodePrograms, tell: Tell) -> NodeImages:
    """Return all images, making what is not in the cache.

    Raises:
        ProgramsMissing: what makes them is not here, or failed.
    """
    return NodeImages(
        static.pause(programs, tell),
        static.coredns(programs, tell),
        static.cert_manager(programs, tell),
        static.acme_solver(programs, tell),
        static.busybox(tell),
        ingress_image(tell),
        product_image(tell),
    )
