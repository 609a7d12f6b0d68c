"""Certificates of the shortest lifetime, left alone: they are renewed again and again."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.cluster.harness.resources import Document
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.documents import DIRECT, certificate
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import Site
from tests.cluster.node.site.waiting import until
from tests.cluster.node.soak import counters
from tests.cluster.node.soak.metering import Meter
from tests.cluster.node.soak.sizes import ENOUGH, RENEWALS, RENEWED
from tests.cluster.node.soak.tenants import Tenants
from tests.cluster.scale.measuring import Table

pytestmark = [pytest.mark.node, pytest.mark.soak]

SHORTEST = "1h"
"""The shortest duration that cert-manager takes."""

EARLY = "58m"
"""How long before its end a certificate is renewed: two minutes after it was issued."""

PERIOD = 120


def test_certificates_of_the_shortest_lifetime_are_renewed_by_themselves(
    site: Site, kubectl: Kubectl, tenants: Tenants, meter: Meter, table: Table
) -> None:
    rejected, before = counters.nonces(kubectl)["rejected"], tenants.stored()
    site.node.apply(*(short(number, tenants) for number in range(RENEWED)))
    tenants.ready()
    keys = public_keys(tenants)
    with meter.usage() as usage:
        enough = (RENEWALS + 1) * (PERIOD + ENOUGH)
        until(lambda: least(tenants) > RENEWALS, f"{RENEWALS} renewals of each", enough)
    left_alone(tenants)
    issued = (tenants.stored() - before)["issuedcertificates"]
    certificates = revisions(tenants)
    renewals = sum(certificates.values()) - RENEWED
    table.add(
        f"{RENEWED} Certificates of {SHORTEST}, renewed {EARLY} before their end",
        f"{renewals} renewals in {usage.elapsed / 60:.1f} min",
    )
    usage.show(table, renewals)

    assert tenants.failures() == []
    assert tenants.requests() == certificates
    assert issued == sum(certificates.values())
    assert counters.nonces(kubectl)["rejected"] == rejected
    assert len(keys) == RENEWED
    assert not keys & public_keys(tenants)


def short(number: int, tenants: Tenants) -> Document:
    """Return a Certificate that is renewed soon, and keeps all of its requests."""
    tenant = tenants.namespaces[number % len(tenants.namespaces)]
    name = f"short-{number}"
    return certificate(
        tenant,
        name,
        [f"{name}.{tenant}.{DIRECT}"],
        duration=SHORTEST,
        renewBefore=EARLY,
        revisionHistoryLimit=100,
    )


def left_alone(tenants: Tenants) -> None:
    """Let nothing more be renewed, and return once nothing is."""
    for namespace in tenants.namespaces:
        names = sorted(
            each["metadata"]["name"]
            for each in tenants.certificates()
            if each["metadata"]["namespace"] == namespace
        )
        patch = ("--type=merge", '--patch={"spec":{"renewBefore":"5m"}}')
        where = f"--namespace={namespace}"
        tenants.kubectl("patch", "certificate", *names, where, *patch).succeeded()
    tenants.ready()
    tenants.nothing_is_stuck()


def revisions(tenants: Tenants) -> dict[str, int]:
    """Return how often each Certificate was issued, by `NAMESPACE/NAME`."""
    return {
        f"{each['metadata']['namespace']}/{each['metadata']['name']}": each["status"].get(
            "revision", 0
        )
        for each in tenants.certificates()
    }


def least(tenants: Tenants) -> int:
    """Return how often the one was issued that was issued least."""
    return min(revisions(tenants).values())


def public_keys(tenants: Tenants) -> set[bytes]:
    """Return what each Secret's certificate is for."""
    return {
        Certificates(tenants.kubectl, each["metadata"]["namespace"])
        .chain(each["spec"]["secretName"])[0]
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for each in tenants.certificates()
    }
