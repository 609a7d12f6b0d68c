"""The site as the other tests have it, and what soak tests measure on it."""

from collections.abc import Callable, Iterator

import pytest

from tests.cluster.node.harness.node import Node
from tests.cluster.node.site import documents
from tests.cluster.node.site.conftest import kubectl, quick_start, site, surroundings
from tests.cluster.node.site.documents import ALPHA, BETA
from tests.cluster.node.site.site import Site
from tests.cluster.node.soak.metering import Meter
from tests.cluster.node.soak.tenants import Tenants
from tests.cluster.scale.measuring import Table

__all__ = ["kubectl", "quick_start", "site", "surroundings"]


@pytest.fixture
def table(tell: Callable[[str], None]) -> Iterator[Table]:
    """Give a table that is shown at the end of the test, whatever its outcome."""
    rows = Table()
    yield rows
    tell(f"\n{rows}\n")


@pytest.fixture
def meter(own_node: Node) -> Meter:
    """Give what counts CPU and memory of the node's programs and pods."""
    return Meter(own_node)


@pytest.fixture
def tenants(site: Site) -> Iterator[Tenants]:
    """Give both tenants, whose Issuers are Ready; their Certificates are deleted after the test."""
    both = Tenants(site.kubectl, (ALPHA, BETA))
    for each in both.namespaces:
        site.kubectl.wait("condition=Ready", f"issuer/{documents.ISSUER}", namespace=each)
    yield both
    both.clear()
