"""The quick start, from a cluster without Certwright to a certificate."""

import pytest

from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.quick_start import QuickStart
from tests.cluster.node.site.site import Site

pytestmark = pytest.mark.node


def test_the_quick_starts_commands_end_in_a_certificate_that_verifies(
    surroundings: Site, quick_start: QuickStart
) -> None:
    for command in quick_start.commands[1:]:
        quick_start.run(command).succeeded()

    tenant = Certificates(surroundings.kubectl, "team-a")
    tenant.verified("shop-tls", "pki.web", "shop.team-a.apps.example.com")


def test_the_quick_start_takes_five_commands_at_most(quick_start: QuickStart) -> None:
    assert len(quick_start.commands) <= 5
