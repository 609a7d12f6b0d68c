"""A release is upgraded to a next version, rolled back, uninstalled and installed again."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cluster.harness.resources import Document
from tests.cluster.node import next_version
from tests.cluster.node.harness.images.product import product_image
from tests.cluster.node.harness.node import Node
from tests.cluster.node.site.asking import issued_at_first_try, order, unready
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.documents import ALPHA, DIRECT, certificate, credential, namespace
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import RELEASE, REPOSITORY, SERVER, SYSTEM, Site

pytestmark = pytest.mark.node

NEXT = "localhost/certwright:next"


@pytest.fixture(scope="module")
def next_tree(
    own_node: Node, tmp_path_factory: pytest.TempPathFactory, tell: Callable[[str], None]
) -> Path:
    """Give the next version's tree; the node has its image, as a given cluster would not."""
    tree = tmp_path_factory.mktemp("next") / "tree"
    next_version.make(REPOSITORY, tree)
    own_node.load(product_image(tell, tree, NEXT))
    return tree


def issued(site: Site, name: str) -> None:
    """Return once a certificate of that name has been issued."""
    alpha = Certificates(site.kubectl, ALPHA)
    host = f"{name}.{ALPHA}.{DIRECT}"
    site.node.apply(certificate(ALPHA, name, [host]))
    alpha.ready(name)
    alpha.verified(name, "platform.web", host)


def accounts(kubectl: Kubectl) -> list[Document]:
    """Return what the store holds of accounts."""
    return kubectl.list("acmeaccounts", SERVER)


def roots(kubectl: Kubectl) -> str:
    """Return what the platform's profile is trusted by."""
    published = kubectl.get("configmap", "trust.profile.platform.web", SERVER)
    root: str = published["data"]["ca.crt"]
    return root


def test_an_upgrade_under_load_and_a_rollback_lose_nothing(
    site: Site, kubectl: Kubectl, next_tree: Path
) -> None:
    issued(site, "before-upgrade")
    root = roots(kubectl)

    alpha = Certificates(kubectl, ALPHA)
    names = order(site, "upgraded-before", 4)
    assert unready(alpha, names)
    with ThreadPoolExecutor(1) as meanwhile:
        chart = next_tree / "helm" / "certwright"
        upgraded = meanwhile.submit(site.install, chart=chart, image=NEXT)
        names += order(site, "upgraded-amid", 4)
        upgraded.result().succeeded()
    issued_at_first_try(alpha, names)
    issued(site, "after-upgrade")
    touch_account(kubectl, "next@alpha.example.com")
    issued(site, "with-touched-account")
    assert next_version.MEMBER in str(account(kubectl, "next@alpha.example.com"))

    site.node.helm(
        "rollback", RELEASE, "--namespace", SYSTEM, "--wait", "--timeout=150s"
    ).succeeded()
    issued(site, "after-rollback")
    # The version before writes the account, and keeps the member that it doesn't know.
    touch_account(kubectl, "before@alpha.example.com")
    assert next_version.MEMBER in str(account(kubectl, "before@alpha.example.com"))
    assert roots(kubectl) == root


def account(kubectl: Kubectl, contact: str) -> Document:
    """Return the one account that has a contact, as the store holds it."""
    (found,) = [each for each in accounts(kubectl) if contact in str(each)]
    return found


def touch_account(kubectl: Kubectl, contact: str) -> None:
    """Have cert-manager change its account at the server, and so the server write it anew."""
    patch = json.dumps({"spec": {"acme": {"email": contact}}})
    kubectl("patch", "issuer", "certwright", "-n", ALPHA, "--type=merge", "-p", patch).succeeded()
    registered = f"jsonpath={{.status.acme.lastRegisteredEmail}}={contact}"
    kubectl.wait(registered, "issuer/certwright", namespace=ALPHA)


def test_uninstalling_keeps_keys_documents_and_state_and_a_new_release_goes_on(
    site: Site, kubectl: Kubectl
) -> None:
    issued(site, "before-uninstall")
    root, known = roots(kubectl), len(accounts(kubectl))
    keys = kubectl.names("secret", SYSTEM)

    site.uninstall()
    assert {"certificateauthorities.certwright.dev", "acmeorders.acme.certwright.dev"} <= (
        kubectl.names("crd")
    )
    kept = {each for each in keys if not each.startswith("sh.helm.release")}
    assert kept <= kubectl.names("secret", SYSTEM)
    assert len(accounts(kubectl)) == known

    site.install().succeeded()
    issued(site, "after-reinstall")
    assert roots(kubectl) == root


def test_nothing_is_stuck_where_the_release_is_gone(site: Site, kubectl: Kubectl) -> None:
    site.node.apply(namespace("leaving", team="true"), credential("leaving"))
    kubectl.wait("create", "secret/default-eab", namespace="leaving")
    site.uninstall()
    try:
        kubectl("delete", "namespace", "leaving", "--timeout=60s").succeeded()
    finally:
        site.install().succeeded()
