"""A release whose state is a file on a volume: a new pod knows what the one before knew."""

import json
from collections.abc import Iterator
from typing import Final

import pytest

from tests.cluster.harness.resources import Document
from tests.cluster.node.harness import components
from tests.cluster.node.harness.node import Node
from tests.cluster.node.site import documents
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.documents import ALPHA, DIRECT, certificate
from tests.cluster.node.site.kubectl import Kubectl
from tests.cluster.node.site.site import SERVER, Site
from tests.cluster.node.site.waiting import until

pytestmark = pytest.mark.node

VOLUME: Final = "certwright-volume"
CLAIM: Final = "certwright-acme-data"
FOLDER: Final = "/var/lib/certwright-volume"
WEB: Final = "platform.web"

KEPT: Final = "on-volume"
"""An Issuer whose account is in the file, and its credential."""

SQLITE: Final = (
    *("--set", "server.store.kind=sqlite,server.replicaCount=1"),
    *("--set", f"server.store.sqlite.storageClassName={VOLUME}"),
)

AT_SERVER: Final = ("exec", f"--namespace={SERVER}", "deployment/certwright-acme", "--")
LISTED: Final = ("certwright", "certificates", "--data", "/var/lib/certwright", "--output=json")
"""How docs/operations.md lists what was issued, for programs."""


@pytest.fixture(scope="module")
def volume(site: Site, own_node: Node) -> Iterator[Node]:
    """Have the release keep its state on a volume of the node; at the end, as it was before."""
    own_node.run("mkdir", "--parents", FOLDER).succeeded()
    own_node.apply(persistent_volume())
    site.install(*SQLITE).succeeded()
    yield own_node
    kubectl = site.kubectl
    site.install().succeeded()
    kubectl("delete", "issuer,eabcredential", KEPT, f"--namespace={ALPHA}").succeeded()
    kubectl("delete", "persistentvolumeclaim", CLAIM, f"--namespace={SERVER}").succeeded()
    kubectl("delete", "persistentvolume", VOLUME).succeeded()


def test_a_new_pod_knows_the_accounts_and_certificates_of_the_one_before(
    site: Site, volume: Node, kubectl: Kubectl, alpha: Certificates
) -> None:
    objects, failures = state(kubectl), alpha.failures()
    volume.apply(
        documents.credential(ALPHA, name=KEPT),
        documents.tenant_issuer(ALPHA, KEPT, credential_name=KEPT),
    )
    issued(site, alpha, "volume-before", KEPT)
    account, listed, pods = account_of(kubectl), serials(kubectl), servers(kubectl)
    assert alpha.chain("volume-before")[0].serial_number in listed

    kubectl("delete", "pod", *pods, f"--namespace={SERVER}").succeeded()
    site.rolled_out("certwright-acme", SERVER)
    assert not servers(kubectl) & pods
    assert serials(kubectl) == listed

    before = alpha.chain("volume-before")[0]
    alpha.renew("volume-before")
    until(lambda: alpha.chain("volume-before")[0] != before, "the certificate is renewed")
    issued(site, alpha, "volume-after", KEPT)
    assert account_of(kubectl) == account
    assert alpha.failures() == failures
    assert state(kubectl) == objects


@pytest.mark.usefixtures("volume")
def test_a_release_that_changes_its_store_goes_on_with_what_that_one_has(
    site: Site, kubectl: Kubectl, alpha: Certificates
) -> None:
    of_objects = account_of(kubectl, documents.ISSUER)
    of_file, listed = account_of(kubectl), serials(kubectl)

    site.install().succeeded()
    issued(site, alpha, "objects-again", documents.ISSUER)
    assert account_of(kubectl, documents.ISSUER) == of_objects

    site.install(*SQLITE).succeeded()
    issued(site, alpha, "volume-again", KEPT)
    assert account_of(kubectl) == of_file
    assert listed < serials(kubectl)


def test_an_account_that_the_other_store_lacks_is_registered_again_as_the_guide_says(
    site: Site, volume: Node, kubectl: Kubectl, alpha: Certificates
) -> None:
    site.install().succeeded()
    of_file = account_of(kubectl)
    volume.apply(wanted("account-missing", KEPT))
    until(lambda: refused(alpha), "the server doesn't know the account")
    assert account_of(kubectl) == of_file

    patch = '{"status":{"acme":{"uri":""}}}'
    kubectl(
        *("patch", "issuer", KEPT, f"--namespace={ALPHA}", "--subresource=status"),
        *("--type=merge", f"--patch={patch}"),
    ).succeeded()
    until(lambda: account_of(kubectl) not in ("", of_file), "the Issuer has registered again")
    issued(site, alpha, "account-anew", KEPT)
    kubectl("delete", "certificate", "account-missing", f"--namespace={ALPHA}").succeeded()
    until(lambda: not refused(alpha), "the refused order is gone with its Certificate")


def persistent_volume() -> Document:
    """Return a volume in a folder of the node."""
    here = {
        "key": "kubernetes.io/hostname",
        "operator": "In",
        "values": [components.NAME],
    }
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": VOLUME,
        "local": {"path": FOLDER},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
    }
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": VOLUME},
        "spec": spec,
    }


def wanted(name: str, issuer: str) -> Document:
    """Return a Certificate for one name, which is the Certificate's own."""
    return certificate(ALPHA, name, [f"{name}.{ALPHA}.{DIRECT}"], issuer)


def issued(site: Site, alpha: Certificates, name: str, issuer: str) -> None:
    """Return once a certificate of that name has been issued."""
    site.node.apply(wanted(name, issuer))
    alpha.ready(name)
    alpha.verified(name, WEB, f"{name}.{ALPHA}.{DIRECT}")


def refused(alpha: Certificates) -> bool:
    """Tell whether an order has failed since the server doesn't know the account."""
    return any("accountDoesNotExist" in each for each in alpha.failures())


def account_of(kubectl: Kubectl, issuer: str = KEPT) -> str:
    """Return the URL of an Issuer's account; empty while it has none."""
    found = kubectl.get("issuer", issuer, ALPHA)["status"].get("acme", {})
    return str(found.get("uri", ""))


def serials(kubectl: Kubectl) -> set[int]:
    """Return the serial numbers of what was issued, as the server has it on its volume."""
    found = json.loads(kubectl(*AT_SERVER, *LISTED).succeeded().output)
    return {int(each["serial"], 16) for each in found}


def servers(kubectl: Kubectl) -> set[str]:
    """Return the names of the server's pods."""
    return kubectl.names("pod", SERVER)


def state(kubectl: Kubectl) -> tuple[set[str], set[str]]:
    """Return the names of all accounts and certificates that are objects."""
    return kubectl.names("acmeaccounts", SERVER), kubectl.names("issuedcertificates", SERVER)
