"""Certificates of cert-manager on a real node: solver pods, ingress, name server, renewal."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from tests.cluster.harness.resources import Document
from tests.cluster.node.harness.dns import Answering, Forwarded
from tests.cluster.node.harness.node import Node
from tests.cluster.node.site import documents
from tests.cluster.node.site.certificates import Certificates, condition
from tests.cluster.node.site.documents import ALPHA, BETA, DIRECT, ROUTED, UPDATED, certificate
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.nameserver import Nameserver
from tests.cluster.node.site.site import SERVER, Site
from tests.cluster.node.site.waiting import until

pytestmark = pytest.mark.node

WEB = "platform.web"


VIEWER: Document = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {"name": "auditor", "namespace": SERVER},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
    "subjects": [
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "auditor@example.com"}
    ],
}


def below(tenant: str, zone: str, *labels: str) -> list[str]:
    return [f"{label}.{tenant}.{zone}" for label in labels]


KEYS: dict[str, tuple[Document, type[RSAPublicKey | EllipticCurvePublicKey], int]] = {
    "rsa-2048": ({"algorithm": "RSA", "size": 2048}, RSAPublicKey, 2048),
    "rsa-4096": ({"algorithm": "RSA", "size": 4096}, RSAPublicKey, 4096),
    "ecdsa-256": ({"algorithm": "ECDSA", "size": 256}, EllipticCurvePublicKey, 256),
    "ecdsa-384": ({"algorithm": "ECDSA", "size": 384}, EllipticCurvePublicKey, 384),
}
SEVERAL = {
    "several-rsa": below(ALPHA, DIRECT, "one", "two", "three"),
    "several-ecdsa": below(ALPHA, DIRECT, "four", "five"),
}


@pytest.fixture(scope="module")
def nameserver(
    site: Site, own_node: Node, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nameserver]:
    folder: Path = tmp_path_factory.mktemp("nameserver")
    server = Nameserver.prepared(own_node.machine, folder, UPDATED)
    server.start(folder)
    ingress = site.kubectl.get("service", "ingress", "ingress")["spec"]["clusterIP"]
    own_node.dns.serve(Answering(DIRECT, ingress), Forwarded(UPDATED, server.address))
    yield server
    server.process.stop()


def test_an_issuer_gets_ready_without_any_trust_in_git(kubectl: Kubectl) -> None:
    kubectl.wait("condition=Ready", "issuer/certwright", namespace=ALPHA)

    trust = kubectl.get("configmap", "trust.server", "certwright-acme")["data"]["ca.crt"]
    filled_in = kubectl.get("issuer", "certwright", ALPHA)["spec"]["acme"]["caBundle"]
    assert base64.b64decode(filled_in).decode() == trust
    assert "caBundle" not in documents.tenant_issuer(ALPHA)["spec"]["acme"]


def test_certificates_get_ready_through_solver_pods_and_the_ingress(
    site: Site, alpha: Certificates
) -> None:
    wanted: dict[str, tuple[list[str], Document]] = {
        name: (below(ALPHA, DIRECT, name), {"privateKey": KEYS[name][0]}) for name in KEYS
    }
    wanted |= {
        "several-rsa": (SEVERAL["several-rsa"], {}),
        "several-ecdsa": (SEVERAL["several-ecdsa"], {"privateKey": {"algorithm": "ECDSA"}}),
        "renamed": (below(ALPHA, DIRECT, "renamed"), {"commonName": f"renamed.{ALPHA}.{DIRECT}"}),
        "short": (below(ALPHA, DIRECT, "short"), {"duration": "24h"}),
    }
    site.node.apply(
        *(certificate(ALPHA, name, names, **spec) for name, (names, spec) in wanted.items())
    )
    alpha.ready(*wanted)

    for name, (names, _) in wanted.items():
        for each in names:
            alpha.verified(name, WEB, each)
    for name, (_, kind, size) in KEYS.items():
        key = alpha.chain(name)[0].public_key()
        assert isinstance(key, kind)
        assert key.key_size == size
    short = alpha.chain("short")[0]
    # Backdating for slow clocks comes on top of what was asked for.
    good = short.not_valid_after_utc - short.not_valid_before_utc
    assert timedelta(hours=24) <= good <= timedelta(hours=24, minutes=6)
    assert alpha.failures() == []


def test_a_name_that_no_dns_knows_is_proved_by_way_of_a_route(
    site: Site, alpha: Certificates
) -> None:
    names = below(ALPHA, ROUTED, "routed")
    site.node.apply(certificate(ALPHA, "routed", names))
    alpha.ready("routed")

    alpha.verified("routed", WEB, names[0])


def test_a_wildcard_is_proved_by_dynamic_updates_of_the_dns(
    site: Site, alpha: Certificates, nameserver: Nameserver
) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "rfc2136", "namespace": ALPHA},
        "stringData": {"tsig": nameserver.key},
    }
    solvers = [documents.dns_solver(nameserver.address)]
    site.node.apply(
        secret,
        documents.tenant_issuer(ALPHA, "by-dns", solvers=solvers),
        certificate(ALPHA, "wildcard", [f"*.{ALPHA}.{UPDATED}"], "by-dns"),
    )
    alpha.ready("wildcard")

    alpha.verified("wildcard", WEB, f"any.{ALPHA}.{UPDATED}")


def test_a_certificate_is_renewed_with_a_new_key_by_the_same_root(
    site: Site, kubectl: Kubectl, alpha: Certificates
) -> None:
    names = below(ALPHA, DIRECT, "renewed")
    site.node.apply(certificate(ALPHA, "renewed", names))
    alpha.ready("renewed")
    before = alpha.verified("renewed", WEB, names[0])

    alpha.renew("renewed")
    # The Secret is written before the revision is counted.
    kubectl.wait("jsonpath={.status.revision}=2", "certificate/renewed", namespace=ALPHA)

    after = alpha.verified("renewed", WEB, names[0])
    assert after.public_key() != before.public_key()
    assert after.serial_number != before.serial_number


def test_a_certificate_is_renewed_when_its_time_has_come(
    site: Site, kubectl: Kubectl, alpha: Certificates
) -> None:
    names = below(ALPHA, DIRECT, "soon")
    # An hour is the shortest that cert-manager allows: the renewal is due a minute after.
    site.node.apply(certificate(ALPHA, "soon", names, duration="1h", renewBefore="59m"))
    kubectl.wait("jsonpath={.status.revision}=2", "certificate/soon", namespace=ALPHA)

    alpha.verified("soon", WEB, names[0])
    # Or else it would be renewed every minute.
    kubectl("delete", "certificate", "soon", f"--namespace={ALPHA}").succeeded()


def test_a_name_outside_of_the_grant_is_refused_where_its_owner_looks(
    site: Site, kubectl: Kubectl, beta: Certificates
) -> None:
    stolen = below(ALPHA, DIRECT, "shop")[0]
    site.node.apply(certificate(BETA, "stolen", [stolen]))

    def refused() -> list[str]:
        told = (condition(each, "Ready", "Failed") for each in beta.requests("stolen"))
        return [each for each in told if each is not None]

    until(lambda: refused() != [], "the CertificateRequest has failed")
    assert stolen in refused()[0]
    assert "grant teams" in refused()[0]
    assert "stolen" not in kubectl.names("secret", BETA)


def test_what_was_issued_can_be_listed_by_who_has_view_in_the_servers_namespace(
    site: Site, kubectl: Kubectl, alpha: Certificates
) -> None:
    site.node.apply(certificate(ALPHA, "listed", below(ALPHA, DIRECT, "listed")), VIEWER)
    alpha.ready("listed")

    viewer = kubectl.as_user("auditor@example.com")
    listed = {each["metadata"]["name"] for each in viewer.list("issuedcertificates", SERVER)}
    assert f"{alpha.chain('listed')[0].serial_number:x}" in listed
