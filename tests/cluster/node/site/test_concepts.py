"""The object chain of docs/concepts.md, followed by the page's own commands."""

import pytest

from tests.cluster.node.site import pages
from tests.cluster.node.site.asking import order
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.documents import ALPHA
from tests.cluster.node.site.quick_start import QuickStart
from tests.cluster.node.site.site import Site

pytestmark = pytest.mark.node


def test_the_pages_commands_lead_from_a_certificate_to_what_was_issued(
    site: Site, quick_start: QuickStart, alpha: Certificates
) -> None:
    (name,) = order(site, "followed", 1)
    alpha.ready(name)
    leaf, *_ = alpha.chain(name)
    newest, whole = pages.commands("concepts.md", "From a Certificate to the certificate")

    followed = quick_start.typed(pages.said_of(newest, team_a=ALPHA)).succeeded().output
    assert f"certificaterequest.cert-manager.io/{name}-1" in followed
    assert f"{leaf.serial_number:x}" in followed

    listed = quick_start.typed(pages.said_of(whole, team_a=ALPHA, shop_tls=name))
    lines = listed.succeeded().output.splitlines()
    assert lines[-1] == f"serial={leaf.serial_number:X}"
    assert any(f"{leaf.serial_number:x}" in line for line in lines[:-1])
