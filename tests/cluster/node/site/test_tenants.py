"""What one tenant can't see or use of another's, by Kubernetes' rights and by Certwright's."""

import pytest

from tests.cluster.node.site import documents
from tests.cluster.node.site.documents import ALPHA, BETA
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import SERVER, SYSTEM, Site
from tests.cluster.node.site.waiting import until

pytestmark = pytest.mark.node

USER = f"system:serviceaccount:{BETA}:administrator"


@pytest.fixture(scope="module")
def tenant(site: Site) -> Kubectl:
    """Give kubectl as the administrator of the second tenant's namespace."""
    site.node.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "administrator", "namespace": BETA},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "admin",
            },
            "subjects": [{"kind": "ServiceAccount", "name": "administrator", "namespace": BETA}],
        }
    )
    return site.kubectl.as_user(USER)


def test_a_tenant_manages_credentials_of_its_own(tenant: Kubectl) -> None:
    assert tenant.names("eabcredential", BETA) == {"default"}
    assert "secret" in tenant.get("secret", "default-eab", BETA)["data"]


@pytest.mark.parametrize(
    ("kind", "namespace"),
    [
        ("secret", ALPHA),
        ("eabcredential", ALPHA),
        ("secret", SYSTEM),
        ("secret", SERVER),
        ("acmeaccounts", SERVER),
        ("issuedcertificates", SERVER),
    ],
)
def test_a_tenant_reads_nothing_of_others(tenant: Kubectl, kind: str, namespace: str) -> None:
    answer = tenant("get", kind, f"--namespace={namespace}").failed()

    assert "forbidden" in answer.text


def test_a_tenant_reads_the_roots_that_are_published(tenant: Kubectl) -> None:
    published = tenant.get("configmap", "trust.profile.platform.web", SERVER)

    assert "BEGIN CERTIFICATE" in published["data"]["ca.crt"]


def test_a_tenants_secret_doesnt_open_anothers_credential(site: Site, kubectl: Kubectl) -> None:
    site.node.apply(documents.tenant_issuer(BETA, "thief", key_id=f"{ALPHA}.default"))

    until(lambda: "403" in told(kubectl) or "401" in told(kubectl), "the Issuer is refused")
    assert "unauthorized" in told(kubectl)


def told(kubectl: Kubectl) -> str:
    """Return what the Issuer says of being ready."""
    conditions = kubectl.get("issuer", "thief", BETA).get("status", {}).get("conditions", [])
    return " ".join(f"{each['status']} {each['reason']} {each['message']}" for each in conditions)
