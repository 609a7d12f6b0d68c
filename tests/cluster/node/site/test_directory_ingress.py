"""The directory is reached by a name of its own through the ingress, which lets TLS pass."""

import json
from collections.abc import Iterator
from typing import Final

import pytest
from cryptography import x509

from tests.cluster.harness.cert_manager.issuers import ca_bundle, issuer
from tests.cluster.harness.resources import Document
from tests.cluster.node.harness.dns import Answering
from tests.cluster.node.site import documents
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.documents import ALPHA, BETA, DIRECT, INGRESS_CLASS, certificate
from tests.cluster.node.site.fetching import Fetching
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import SERVER, Site
from tests.cluster.node.site.waiting import until

pytestmark = pytest.mark.node

HOST: Final = "acme.example.com"
PATH: Final = "/acme/platform/web/directory"
OUTSIDE: Final = "from-outside"
"""The Service that clients reach the ingress controller by, an Issuer, and its credential."""

PASSED: Final = 8443
"""Where the ingress controller takes what it passes on; it ends TLS on 443."""

VALUES: Final = {
    "enabled": True,
    "className": INGRESS_CLASS,
    "annotations": {"easyhaproxy.mode": "tcp", "easyhaproxy.listen_port": str(PASSED)},
}


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    """Give the address that `HOST` has, with the server behind; at the end, all is as before."""
    site.node.apply(service())
    kubectl = site.kubectl
    address: str = kubectl.get("service", OUTSIDE, "ingress")["spec"]["clusterIP"]
    ingress = kubectl.get("service", "ingress", "ingress")["spec"]["clusterIP"]
    site.node.dns.serve(Answering(DIRECT, ingress), Answering(HOST, address))
    site.install(
        *("--set", f"serverURL=https://{HOST}"),
        *("--set-json", f"server.ingress={json.dumps(VALUES)}"),
    ).succeeded()
    until(lambda: serve_the_name(kubectl), "the servers' certificate has the name")
    yield address
    site.install().succeeded()
    kubectl("delete", "issuer,eabcredential", OUTSIDE, f"--namespace={ALPHA}").succeeded()
    kubectl("delete", "service", OUTSIDE, "--namespace=ingress").succeeded()
    site.resolve()
    until(lambda: trusts(kubectl, ALPHA) and trusts(kubectl, BETA), "the Issuers trust the server")


def test_every_url_of_the_directory_begins_with_the_servers_url(
    kubectl: Kubectl, address: str
) -> None:
    directory = Fetching(kubectl, HOST, address, PATH)
    until(lambda: directory.succeeds(roots(kubectl)), "the ingress leads to the server")
    answer = directory.answer(roots(kubectl))

    assert answer.status == 200
    urls = {name: url for name, url in json.loads(answer.body).items() if name != "meta"}
    assert {"newNonce", "newAccount", "newOrder", "revokeCert", "keyChange"} <= urls.keys()
    assert all(url.startswith(f"https://{HOST}/acme/") for url in urls.values()), urls


@pytest.mark.usefixtures("address")
def test_a_certificate_is_issued_to_a_client_that_comes_through_the_ingress(
    site: Site, kubectl: Kubectl, alpha: Certificates
) -> None:
    name = f"through-ingress.{ALPHA}.{DIRECT}"
    site.node.apply(
        documents.credential(ALPHA, name=OUTSIDE),
        outside_issuer(),
        certificate(ALPHA, "through-ingress", [name], OUTSIDE),
    )
    alpha.ready("through-ingress")

    alpha.verified("through-ingress", "platform.web", name)
    account = kubectl.get("issuer", OUTSIDE, ALPHA)["status"]["acme"]["uri"]
    assert account.startswith(f"https://{HOST}/acme/platform/web/")


def service() -> Document:
    """Return the Service that leads to where the ingress controller passes TLS on."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": OUTSIDE, "namespace": "ingress"},
        "spec": {
            "selector": {"app": "ingress"},
            "ports": [{"name": "https", "port": 443, "targetPort": PASSED}],
        },
    }


def outside_issuer() -> Document:
    """Return the first tenant's Issuer that calls the server by its name of outside."""
    return issuer(
        OUTSIDE,
        f"https://{HOST}{PATH}",
        namespace=ALPHA,
        source="platform/web",
        externalAccountBinding={
            "keyID": f"{ALPHA}.{OUTSIDE}",
            "keySecretRef": {"name": f"{OUTSIDE}-eab", "key": "secret"},
        },
        solvers=[documents.ingress_solver()],
    )


def serve_the_name(kubectl: Kubectl) -> bool:
    """Tell whether every server's certificate is for `HOST` already: each reads it by itself."""
    pods = [
        pod["status"]["podIP"]
        for pod in kubectl.list("pod", SERVER)
        if "deletionTimestamp" not in pod["metadata"]
    ]
    trusted = roots(kubectl)
    return all(Fetching(kubectl, HOST, each, PATH).succeeds(trusted) for each in pods)


def roots(kubectl: Kubectl) -> list[x509.Certificate]:
    """Return what the server is trusted by."""
    published = kubectl.get("configmap", "trust.server", SERVER)["data"]["ca.crt"]
    return x509.load_pem_x509_certificates(published.encode())


def trusts(kubectl: Kubectl, tenant: str) -> bool:
    """Tell whether a tenant's Issuer trusts what the server is trusted by."""
    bundle = ca_bundle(kubectl.get("issuer", documents.ISSUER, tenant))
    return bundle is not None and (
        x509.load_pem_x509_certificates(bundle.encode()) == roots(kubectl)
    )
