"""Everything is removed, and brought back from a backup, by the commands that the pages have."""

import pytest

from tests.cluster.node.site import documents, pages
from tests.cluster.node.site.asking import issued_at_first_try, order
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.documents import ALPHA, BETA, PLATFORM, ROUTED
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.quick_start import QuickStart
from tests.cluster.node.site.site import INGRESS, SERVER, SYSTEM, Site

pytestmark = pytest.mark.node

_ROUTE = f"server.routes[0].suffix={ROUTED},server.routes[0].target={INGRESS}"
_WHOLE_CLUSTERS = (
    "clusterrole",
    "clusterrolebinding",
    "crd",
    "validatingadmissionpolicy",
    "validatingadmissionpolicybinding",
)


@pytest.mark.usefixtures("own_node")
def test_authorities_and_roots_of_a_backup_go_on_where_everything_was_removed(
    site: Site, kubectl: Kubectl, quick_start: QuickStart, alpha: Certificates
) -> None:
    issued_at_first_try(alpha, order(site, "before-loss", 1))
    keys, roots, server = identities(kubectl), published(kubectl, "web"), trusted(kubectl)
    backup, *_ = pages.commands("operations.md", "What to back up")
    quick_start.typed(backup).succeeded()

    (removal,) = pages.commands("upgrade.md", "Removing everything")
    quick_start.typed(removal).succeeded()
    kubectl.wait("delete", "secret/default-eab", namespace=ALPHA)
    assert left(kubectl) == []

    kubectl("delete", "namespace", PLATFORM).succeeded()
    restore(site, quick_start)
    kubectl.wait("condition=Ready", "certificateprofile/web", namespace=PLATFORM)
    assert identities(kubectl) == keys
    assert published(kubectl, "web") == roots
    assert trusted(kubectl) == server

    for tenant in (ALPHA, BETA):
        kubectl.wait("condition=Ready", "eabcredential/default", namespace=tenant)
        (again,) = pages.commands("cert-manager.md", "An account that is lost")
        quick_start.typed(pages.said_of(again, team_a=tenant)).succeeded()
    issued_at_first_try(alpha, order(site, "after-loss", 1))
    alpha.verified("after-loss-0", "platform.web", f"after-loss-0.{ALPHA}.{documents.DIRECT}")


def restore(site: Site, quick_start: QuickStart) -> None:
    """Do what the page says to do in a new cluster."""
    install, put_back, upgrade = pages.commands("operations.md", "Into a new cluster")
    quick_start.typed(f"{install.rstrip()} --set '{_ROUTE}'").succeeded()
    quick_start.typed(put_back).succeeded()
    credentials = (documents.credential(tenant) for tenant in (ALPHA, BETA))
    site.node.apply(*documents.platform(), *credentials)
    quick_start.typed(upgrade).succeeded()
    site.install().succeeded()


def identities(kubectl: Kubectl) -> dict[str, str]:
    """Return the key of each of the platform's authorities, by its identifier."""
    authorities = kubectl.list("certificateauthority", PLATFORM)
    return {
        each["metadata"]["name"]: each["status"]["subjectKeyIdentifier"] for each in authorities
    }


def published(kubectl: Kubectl, profile: str) -> str:
    """Return the roots that a profile of the platform is trusted by."""
    found = kubectl.get("configmap", f"trust.profile.{PLATFORM}.{profile}", SERVER)
    roots: str = found["data"]["ca.crt"]
    return roots


def trusted(kubectl: Kubectl) -> str:
    """Return the roots that the server is trusted by."""
    roots: str = kubectl.get("configmap", "trust.server", SERVER)["data"]["ca.crt"]
    return roots


def left(kubectl: Kubectl) -> list[str]:
    """Return what there still is of Certwright in the cluster."""
    objects = (f"{kind}/{name}" for kind in _WHOLE_CLUSTERS for name in kubectl.names(kind))
    namespaces = {SYSTEM, SERVER} & kubectl.names("namespace")
    return [each for each in objects if "certwright" in each] + sorted(namespaces)
