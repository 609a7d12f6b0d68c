"""The server's own TLS is replaced on a real node: clients notice nothing of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest
from cryptography import x509

from certwright.resources.times import format_time, parse_time
from certwright_operator.serving.objects import AUTHORITY, PHASE_SINCE, ROTATE
from tests.cluster.harness.cert_manager.issuers import ca_bundle
from tests.cluster.harness.resources import Document
from tests.cluster.node.site import documents
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.documents import ALPHA, DIRECT, DIRECTORY, certificate
from tests.cluster.node.site.external_issuer import ExternalIssuer
from tests.cluster.node.site.fetching import Fetching
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import SERVER, SYSTEM, Site
from tests.cluster.node.site.waiting import until

pytestmark = pytest.mark.node

HOST: Final = "acme.certwright-acme.svc"
GIVEN: Final = "given-tls"


def test_while_the_servers_root_is_replaced_an_issuer_trusts_both_and_stays_ready(
    site: Site, kubectl: Kubectl, alpha: Certificates
) -> None:
    (old,) = bundle(kubectl)
    ready, failures = ready_since(kubectl), alpha.failures()
    rotate(kubectl)
    until(lambda: len(bundle(kubectl)) == 2, "the Issuer trusts both roots")
    both = bundle(kubectl)
    (new,) = (each for each in both if each != old)
    issued_at_once(site, alpha, "root-coming")
    assert all(server.succeeds([old]) for server in servers(kubectl))

    let_a_day_pass(kubectl)
    until(lambda: serve_by(kubectl, new), "every server serves by the new root")
    assert set(bundle(kubectl)) == set(both)
    issued_at_once(site, alpha, "root-leaving")

    let_a_day_pass(kubectl)
    until(lambda: bundle(kubectl) == [new], "the Issuer trusts the new root alone")
    issued_at_once(site, alpha, "root-replaced")
    assert trusted(kubectl) == [new]
    assert ready_since(kubectl) == ready
    assert alpha.failures() == failures


@pytest.fixture(scope="module")
def given(site: Site) -> Iterator["Given"]:
    """Give the Certificate of cert-manager's that the server is to be served with."""
    given = Given(Certificates(site.kubectl, SERVER), ExternalIssuer.made())
    site.node.apply(certificate(SERVER, GIVEN, [HOST], issuerRef=given.issuer.reference))
    given.issuer.sign(given.certificates, GIVEN)
    given.certificates.ready(GIVEN)
    yield given
    site.install().succeeded()
    for kind in ("certificate", "secret"):
        site.kubectl("delete", kind, GIVEN, f"--namespace={SERVER}").succeeded()


@dataclass(frozen=True, slots=True)
class Given:
    """A Certificate in the server's namespace, and who signs it."""

    certificates: Certificates
    issuer: ExternalIssuer

    @property
    def root(self) -> x509.Certificate:
        """What has to be trusted."""
        return self.issuer.root

    @property
    def leaf(self) -> x509.Certificate:
        """What the Secret holds now."""
        return self.certificates.chain(GIVEN)[0]

    def renew(self) -> None:
        """Have cert-manager renew it, and return once the Secret holds the new one."""
        before = self.leaf
        self.certificates.renew(GIVEN)
        self.issuer.sign(self.certificates, GIVEN)
        until(lambda: self.leaf != before, "cert-manager renews the given certificate")

    def is_served(self, kubectl: Kubectl) -> bool:
        """Tell whether all servers serve with it."""
        return all(
            server.answer([self.root]).certificate == self.leaf for server in servers(kubectl)
        )


def test_a_servers_tls_is_cert_managers_and_renewed_without_new_pods_and_ours_again(
    site: Site, kubectl: Kubectl, alpha: Certificates, given: Given
) -> None:
    ours, failures = bundle(kubectl), alpha.failures()
    names = order(site, "to-given")
    site.install("--set", f"server.tls.existingSecret={GIVEN}").succeeded()
    until(lambda: bundle(kubectl) == [given.root], "the Issuer trusts the given root")
    assert trusted(kubectl) == [given.root]
    assert given.is_served(kubectl)
    settled(alpha, names)

    pods = running(kubectl)
    given.renew()
    names = order(site, "given-renewed")
    until(lambda: given.is_served(kubectl), "every server serves with the renewed certificate")
    settled(alpha, names)
    assert running(kubectl) == pods
    assert bundle(kubectl) == [given.root]

    names = order(site, "from-given")
    site.install().succeeded()
    until(lambda: bundle(kubectl) == ours, "the Issuer trusts the operator's root again")
    settled(alpha, names)
    assert all(server.succeeds(ours) for server in servers(kubectl))
    assert alpha.failures() == failures


def rotate(kubectl: Kubectl) -> None:
    """Ask for another root, as the operations guide says."""
    annotate(kubectl, ROTATE, "by a test")


def let_a_day_pass(kubectl: Kubectl) -> None:
    """Have the rotation's present phase begun a day earlier than it did, and be over thereby."""
    until(lambda: phase_since(kubectl) != "", "the rotation's phase has begun")
    begun = parse_time(phase_since(kubectl)) - timedelta(days=1)
    annotate(kubectl, PHASE_SINCE, format_time(begun))


def phase_since(kubectl: Kubectl) -> str:
    """Return when the phase has begun; empty if it isn't written yet."""
    annotations: dict[str, str] = kubectl.get("secret", AUTHORITY, SYSTEM)["metadata"][
        "annotations"
    ]
    return annotations.get(PHASE_SINCE, "")


def annotate(kubectl: Kubectl, name: str, value: str) -> None:
    """Annotate the Secret with the server's roots."""
    secret = ("secret", AUTHORITY, f"--namespace={SYSTEM}")
    kubectl("annotate", *secret, "--overwrite", f"{name}={value}").succeeded()


def bundle(kubectl: Kubectl) -> list[x509.Certificate]:
    """Return the roots that the first tenant's Issuer trusts."""
    found = ca_bundle(kubectl.get("issuer", documents.ISSUER, ALPHA))
    assert found is not None
    return x509.load_pem_x509_certificates(found.encode())


def trusted(kubectl: Kubectl) -> list[x509.Certificate]:
    """Return the roots that are published for the server."""
    published = kubectl.get("configmap", "trust.server", SERVER)["data"]["ca.crt"]
    return x509.load_pem_x509_certificates(published.encode())


def ready_since(kubectl: Kubectl) -> str:
    """Return since when the first tenant's Issuer is Ready."""
    conditions = kubectl.get("issuer", documents.ISSUER, ALPHA)["status"]["conditions"]
    (since,) = (
        each["lastTransitionTime"]
        for each in conditions
        if each["type"] == "Ready" and each["status"] == "True"
    )
    return str(since)


def servers(kubectl: Kubectl) -> list[Fetching]:
    """Return a way to fetch the directory from each of the servers."""
    path = DIRECTORY.partition(HOST)[2]
    return [Fetching(kubectl, HOST, pod["status"]["podIP"], path) for pod in pods(kubectl)]


def serve_by(kubectl: Kubectl, root: x509.Certificate) -> bool:
    """Tell whether all servers serve by a root."""
    return all(server.succeeds([root]) for server in servers(kubectl))


def pods(kubectl: Kubectl) -> list[Document]:
    """Return the server's pods that aren't about to end."""
    found = kubectl.list("pod", SERVER, "app.kubernetes.io/component=acme-server")
    staying = [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]
    assert staying
    return staying


def running(kubectl: Kubectl) -> dict[str, int]:
    """Return how often each of the server's pods was restarted."""
    return {
        pod["metadata"]["name"]: pod["status"]["containerStatuses"][0]["restartCount"]
        for pod in pods(kubectl)
    }


def order(site: Site, prefix: str) -> list[str]:
    """Ask for some Certificates at once; return what they are called."""
    names = [f"{prefix}-{number}" for number in range(3)]
    site.node.apply(*(certificate(ALPHA, name, [f"{name}.{ALPHA}.{DIRECT}"]) for name in names))
    return names


def settled(alpha: Certificates, names: list[str]) -> None:
    """Return once those Certificates are Ready; none may have been asked for twice."""
    alpha.ready(*names)
    assert [len(alpha.requests(name)) for name in names] == [1] * len(names)


def issued_at_once(site: Site, alpha: Certificates, prefix: str) -> None:
    """Return once some Certificates have been asked for and are Ready."""
    settled(alpha, order(site, prefix))
