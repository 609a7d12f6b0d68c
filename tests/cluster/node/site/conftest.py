"""The site, shared by all tests of a run: they use namespaces of their own on it."""

from collections.abc import Callable

import pytest

from tests.cluster.harness import programs
from tests.cluster.node.harness.images.node_images import node_images
from tests.cluster.node.harness.node import Node
from tests.cluster.node.site import documents
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.documents import ALPHA, BETA
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.quick_start import QuickStart
from tests.cluster.node.site.site import Site


@pytest.fixture(scope="session")
def surroundings(node: Node, tell: Callable[[str], None]) -> Site:
    """Give a cluster with cert-manager and an ingress controller, and Certwright's image."""
    built = programs.node_programs(tell)
    site = Site(node, Kubectl(node))
    site.surround(node_images(built, tell), built.cert_manager_definitions)
    return site


@pytest.fixture(scope="session")
def quick_start(surroundings: Site, tmp_path_factory: pytest.TempPathFactory) -> QuickStart:
    """Give the quick start after its first command, which installs Certwright."""
    started = QuickStart.prepared(surroundings.node, tmp_path_factory.mktemp("quick-start"))
    started.run(started.commands[0]).succeeded()
    return started


@pytest.fixture(scope="session")
def site(surroundings: Site, quick_start: QuickStart) -> Site:
    """Give a cluster with Certwright, a platform team's profile, and two tenants with Issuers."""
    assert quick_start.commands
    surroundings.install().succeeded()
    surroundings.resolve()
    tenants = [documents.namespace(tenant, team="true") for tenant in (ALPHA, BETA)]
    surroundings.node.apply(*documents.platform(), *tenants)
    for tenant in (ALPHA, BETA):
        surroundings.node.apply(documents.credential(tenant), documents.tenant_issuer(tenant))
    return surroundings


@pytest.fixture
def kubectl(site: Site) -> Kubectl:
    """Give kubectl as the administrator's."""
    return site.kubectl


@pytest.fixture
def alpha(kubectl: Kubectl) -> Certificates:
    """Give the first tenant's Certificates."""
    return Certificates(kubectl, ALPHA)


@pytest.fixture
def beta(kubectl: Kubectl) -> Certificates:
    """Give the second tenant's Certificates."""
    return Certificates(kubectl, BETA)
