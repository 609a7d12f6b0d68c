"""Hundreds of Certificates at once, by HTTP-01: none fails, and what they cost is shown."""

import itertools

import pytest

from tests.cluster.node.site.documents import DIRECT, certificate
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import Site
from tests.cluster.node.soak import counters
from tests.cluster.node.soak.metering import Meter
from tests.cluster.node.soak.sizes import CERTIFICATES
from tests.cluster.node.soak.tenants import Tenants
from tests.cluster.scale.measuring import Table

pytestmark = [pytest.mark.node, pytest.mark.soak]


def test_hundreds_of_certificates_at_once_cost_one_request_and_order_each(
    site: Site, kubectl: Kubectl, tenants: Tenants, meter: Meter, table: Table
) -> None:
    before, rejected = tenants.stored(), counters.nonces(kubectl)["rejected"]
    told = counters.problems(kubectl)
    with meter.usage() as usage:
        site.node.apply(
            *(
                certificate(tenant, name, [f"{name}.{tenant}.{DIRECT}"])
                for number, tenant in zip(
                    range(CERTIFICATES), itertools.cycle(tenants.namespaces), strict=False
                )
                for name in (f"many-{number}",)
            )
        )
        tenants.ready()
    minutes = usage.elapsed / 60
    table.add(f"{CERTIFICATES} Certificates by HTTP-01", f"{CERTIFICATES / minutes:.0f} a minute")
    usage.show(table, CERTIFICATES)
    nonces, problems = counters.nonces(kubectl), counters.problems(kubectl) - told
    added = tenants.stored() - before
    table.add("documents", ", ".join(f"{count} {kind}" for kind, count in sorted(added.items())))
    table.add("problems that clients were told", str(dict(problems)))

    tenants.nothing_is_stuck()
    assert tenants.failures() == []
    assert len(tenants.requests()) == CERTIFICATES
    assert set(tenants.requests().values()) == {1}
    assert added == dict.fromkeys(
        ("acmeorders", "acmeauthorizations", "issuedcertificates"), CERTIFICATES
    )
    assert nonces["redeemed"] > CERTIFICATES
    assert nonces["rejected"] == rejected
    assert problems["badNonce"] == 0
