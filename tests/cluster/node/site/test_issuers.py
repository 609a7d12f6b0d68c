"""The cert-manager guide's documents on a real node: an Issuer, a ClusterIssuer, an Ingress."""

import re
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from tests.cluster.harness.cert_manager.issuers import ca_bundle
from tests.cluster.node.site import documents
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.documents import DIRECT, INGRESS_CLASS
from tests.cluster.node.site.fetching import Fetching
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import REPOSITORY, SERVER, Site
from tests.cluster.node.site.waiting import until

pytestmark = pytest.mark.node

TEAM: Final = "guide-team"
PROFILE: Final = "guide-pki.web"

_FOLDER: Final = REPOSITORY / "examples" / "cert-manager"
_NAMES: Final = {
    # The quick start has the same namespaces, and is to find nothing of its own.
    r"\bteam-a\b": TEAM,
    r"\bpki\b": "guide-pki",
    r"\bingressClassName: nginx\b": f"ingressClassName: {INGRESS_CLASS}",
}


class Guide:
    """The guide's documents, in namespaces of this test's own and for its ingress controller."""

    def __init__(self, kubectl: Kubectl, folder: Path) -> None:
        self._kubectl = kubectl
        self._folder = folder

    def apply(self, *names: str) -> None:
        """Apply some files at once, as the guide's commands do."""
        files = [self._adapted(name) for name in names]
        self._kubectl("apply", *(f"--filename={file}" for file in files)).succeeded()

    @property
    def team(self) -> Certificates:
        """The Certificates of the team."""
        return Certificates(self._kubectl, TEAM)

    def _adapted(self, name: str) -> Path:
        text = (_FOLDER / name).read_text()
        for pattern, ours in _NAMES.items():
            text = re.sub(pattern, ours, text)
        file = self._folder / name
        file.write_text(text)
        return file


@pytest.fixture(scope="module")
def guide(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Guide:
    """Give the guide after its command, and wait for what it makes."""
    guide = Guide(site.kubectl, tmp_path_factory.mktemp("guide"))
    guide.apply("1-namespaces.yaml", "2-platform.yaml", "issuer.yaml")
    ready = ("issuer/certwright", "certificate/api")
    site.kubectl.wait("condition=Ready", *ready, namespace=TEAM, enough=240)
    return guide


@pytest.fixture
def team(guide: Guide) -> Certificates:
    """Give the Certificates of the guide's team."""
    return guide.team


def test_the_guides_issuer_gives_the_names_the_key_and_the_duration_that_were_asked_for(
    team: Certificates,
) -> None:
    leaf = team.verified("api-tls", PROFILE, f"api.{TEAM}.{DIRECT}")
    team.verified("api-tls", PROFILE, f"api-v2.{TEAM}.{DIRECT}")

    assert isinstance(leaf.public_key(), EllipticCurvePublicKey)
    assert hours(leaf) == 720


def test_a_cluster_issuer_is_given_trust_and_issues_into_a_tenants_namespace(
    guide: Guide, kubectl: Kubectl, team: Certificates
) -> None:
    guide.apply("cluster-issuer.yaml")
    kubectl.wait("condition=Ready", "clusterissuer/certwright")
    team.ready("docs")

    team.verified("docs-tls", PROFILE, f"docs.{DIRECT}")
    trust = kubectl.get("configmap", "trust.server", SERVER)["data"]["ca.crt"]
    assert ca_bundle(kubectl.get("clusterissuer", "certwright")) == trust
    assert "certwright-eab" in kubectl.names("secret", "cert-manager")
    assert "certwright-eab" not in kubectl.names("secret", TEAM)


def test_an_annotated_ingress_is_served_with_a_certificate_of_its_own(
    site: Site, guide: Guide, kubectl: Kubectl, team: Certificates, busybox: str
) -> None:
    host = f"blog.{TEAM}.{DIRECT}"
    guide.apply("ingress.yaml")
    kubectl.wait("create", "certificate/blog-tls", namespace=TEAM)
    team.ready("blog-tls")
    # Only now: this ingress controller looks at no paths, and the page would get the challenges.
    site.node.apply(*documents.page(TEAM, "blog", busybox, "the blog"))
    kubectl.wait("condition=Ready", "pod/blog", namespace=TEAM)

    published = kubectl.get("configmap", f"trust.profile.{PROFILE}", SERVER)["data"]["ca.crt"]
    roots = x509.load_pem_x509_certificates(published.encode())
    page = Fetching(kubectl, host, "127.0.0.1")
    until(lambda: served(page, roots), "the Ingress is served")
    assert page.answer(roots).certificate == team.verified("blog-tls", PROFILE, host)
    assert isinstance(team.chain("blog-tls")[0].public_key(), EllipticCurvePublicKey)


def served(page: Fetching, roots: list[x509.Certificate]) -> bool:
    """Tell whether the page comes, over TLS that those roots vouch for."""
    return page.succeeds(roots) and page.answer(roots).body.strip() == "the blog"


def hours(leaf: x509.Certificate) -> int:
    """Return for how long a certificate is valid, but for the minutes for clocks that differ."""
    return round((leaf.not_valid_after_utc - leaf.not_valid_before_utc).total_seconds() / 3600)
