"""Certificates come although what issues them is replaced, killed, or cut off meanwhile."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cluster.node.harness.node import Node
from tests.cluster.node.site import documents
from tests.cluster.node.site.asking import issued_at_first_try, order, unready
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.documents import ALPHA, DIRECT, PLATFORM
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import SERVER, SYSTEM, Site

pytestmark = pytest.mark.node


def test_servers_are_rolled_under_load_and_no_issuance_fails(
    site: Site, kubectl: Kubectl, alpha: Certificates
) -> None:
    names: list[str] = []
    for turn in ("first", "second"):
        before = order(site, f"rolled-{turn}-before", 4)
        assert unready(alpha, before)
        kubectl("rollout", "restart", "deployment/certwright-acme", f"-n={SERVER}").succeeded()
        names += before + order(site, f"rolled-{turn}-amid", 4)
        site.rolled_out("certwright-acme", SERVER)
    issued_at_first_try(alpha, names)


def test_an_operator_that_is_killed_midway_leaves_nothing_half_done(
    site: Site, kubectl: Kubectl, alpha: Certificates
) -> None:
    credentials = [f"midway-{number:03}" for number in range(150)]
    first, last = credentials[0], credentials[-1]
    with ThreadPoolExecutor(1) as meanwhile:
        # What follows comes while they are being applied, or the operator would be done before.
        applied = meanwhile.submit(
            site.node.apply,
            documents.profile("midway"),
            *(documents.credential(ALPHA, "midway", name) for name in credentials),
            documents.tenant_issuer(ALPHA, "midway", profile_name="midway", credential_name=last),
        )
        kubectl.wait("create", f"secret/{first}-eab", namespace=ALPHA)
        kubectl("delete", "pod", f"-n={SYSTEM}", "--all", "--force", "--grace-period=0").succeeded()
        made = kubectl.names("secret", ALPHA)
        applied.result()
    assert {f"{name}-eab" for name in credentials} - made, "the operator was done before it died"

    (name,) = order(site, "midway", 1, "midway")
    alpha.ready(name)
    kubectl.wait("condition=Ready", "certificateprofile/midway", namespace=PLATFORM)
    every = (f"eabcredential/{each}" for each in credentials)
    kubectl.wait("condition=Ready", *every, namespace=ALPHA)
    assert {f"{name}-eab" for name in credentials} <= kubectl.names("secret", ALPHA)
    alpha.verified(name, "platform.midway", f"{name}.{ALPHA}.{DIRECT}")


def test_certificates_come_although_etcd_dies_meanwhile(
    site: Site, own_node: Node, alpha: Certificates
) -> None:
    names = order(site, "outage", 4)
    assert unready(alpha, names)
    own_node.restart_etcd()
    alpha.ready(*names)

    for name in names:
        alpha.verified(name, "platform.web", f"{name}.{ALPHA}.{DIRECT}")
