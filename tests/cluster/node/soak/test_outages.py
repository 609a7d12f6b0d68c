"""Certificates are asked for all the while, and things break one after the other: all come."""

import time

import pytest

from tests.cluster.node.harness.commands import ENOUGH
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import Site
from tests.cluster.node.soak import counters
from tests.cluster.node.soak.asking import Asking
from tests.cluster.node.soak.metering import Meter
from tests.cluster.node.soak.outages import OUTAGES, Outage, recovered
from tests.cluster.node.soak.tenants import Tenants
from tests.cluster.scale.measuring import Table

pytestmark = [pytest.mark.node, pytest.mark.soak]


def test_whatever_breaks_while_certificates_are_asked_for_all_of_them_come(
    site: Site, kubectl: Kubectl, tenants: Tenants, meter: Meter, table: Table
) -> None:
    asking = Asking(site.node, tenants.namespaces)
    with meter.usage() as usage:
        with asking.going_on():
            asking.next()
            for outage in OUTAGES:
                break_and_recover(site, tenants, asking, outage, table)
        tenants.ready()
    tenants.nothing_is_stuck()

    asked, requests = len(asking.asked), tenants.requests()
    table.add("Certificates asked for", f"{asked} in {usage.elapsed / 60:.1f} min, all Ready")
    usage.show(table, asked)
    table.add("documents that the API server didn't take", str(asking.refused))
    table.add("orders and requests that failed", str(tenants.failures() or "none"))
    table.add("requests beyond one for each", str(requests.total() - asked))
    table.add("errors in cert-manager's log since its restart", str(errors(kubectl)))
    table.add("problems told by the servers that run now", str(dict(counters.problems(kubectl))))
    assert sorted(requests) == sorted(asking.asked)


def break_and_recover(
    site: Site, tenants: Tenants, asking: Asking, outage: Outage, table: Table
) -> None:
    """Break something, and return once what is asked for afterwards comes."""
    begun, failed = time.monotonic(), len(tenants.failures())
    outage.strike(site)
    struck = time.monotonic()
    recovered(site, tenants)
    ready = time.monotonic()
    namespace, name = asking.next()
    site.kubectl.wait("condition=Ready", f"certificate/{name}", namespace=namespace, enough=ENOUGH)
    table.add(
        outage.what,
        f"{struck - begun:.0f} s, then ready after {ready - struck:.0f} s, next Certificate after "
        f"{time.monotonic() - ready:.0f} s; {len(tenants.failures()) - failed} failed",
    )


def errors(kubectl: Kubectl) -> int:
    """Return how many errors cert-manager has logged since it was started last."""
    where = ("deployment/cert-manager", "--namespace=cert-manager", "--tail=-1")
    lines = kubectl("logs", *where).succeeded().output.splitlines()
    return sum(line.startswith("E") for line in lines)
