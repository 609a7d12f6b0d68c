"""Applied as the pages say, in any order, every object of Certwright gets ready."""

import asyncio
import re

import pytest

from tests.cluster.examples.person import CHECKOUT, Person
from tests.cluster.harness.resources import OWN, SECRETS, Document
from tests.cluster.operator.scene import Scene, condition, data
from tests.unit.examples import documents

_MAKE_A_ROOT = r"""
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout root.key \
  -out root.crt -days 7300 -subj /O=Example/CN=Example\ Root \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
"""


def _own(written: list[Document]) -> list[Document]:
    return documents.of_kind(written, *OWN)


def _namespaces(written: list[Document]) -> list[str]:
    return [each["metadata"]["name"] for each in documents.of_kind(written, "Namespace")]


def _files(folder: str) -> list[str]:
    found = sorted((documents.FOLDER / folder).glob("*.yaml"))
    return [f"{folder}/{file.name}" for file in found]


@pytest.mark.parametrize("folder", ["quickstart", "cluster-quickstart", "tenants", "cert-manager"])
async def test_a_folder_is_applied_with_one_command_and_gets_ready(
    person: Person, scene: Scene, folder: str
) -> None:
    written = documents.read(folder)
    person.expects_none_of(*_namespaces(written), "cert-manager")
    person.makes_namespace("cert-manager")
    person.applies(folder)
    await scene.all_ready(*_own(written))
    await _finds_its_secret(scene, *documents.of_kind(written, "Issuer", "ClusterIssuer"))
    # What was applied and has been at work meanwhile may be applied by other means: no conflict.
    person.dry_runs(folder).succeeded()


async def _finds_its_secret(scene: Scene, *issuers: Document) -> None:
    for issuer in issuers:
        binding = issuer["spec"]["acme"]["externalAccountBinding"]
        reference = binding["keySecretRef"]
        secret = await scene.client.get(SECRETS, reference["name"], _namespace(issuer))
        found = data(secret)
        assert found["kid"] == binding["keyID"]
        # What cert-manager takes: base64url without padding, of 32 bytes.
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", found[reference["key"]])


async def test_once_its_namespaces_are_there_the_order_does_not_matter(
    person: Person, scene: Scene
) -> None:
    first, *others = _files("cluster-quickstart")
    written = documents.read("cluster-quickstart")
    person.expects_none_of(*_namespaces(written))
    person.applies(first)
    for file in reversed(others):
        person.applies(file)
    await scene.all_ready(*_own(written))


async def test_the_offline_root_signs_by_the_commands_of_the_page(
    person: Person, scene: Scene
) -> None:
    page = (CHECKOUT / "examples" / "offline-root" / "README.md").read_text("utf-8")
    asking, signing, answering = re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL)
    written = documents.read("offline-root")
    authority = documents.find(written, "CertificateAuthority", "issuing", "pki")
    person.expects_none_of(*_namespaces(written))
    person.applied.append("examples/offline-root")
    await _follows(person, asking)
    awaited = condition(await scene.get(authority), "Ready")
    assert awaited["reason"] == "CertificateAwaited"
    person.types(_MAKE_A_ROOT).succeeded()
    await _follows(person, signing)
    await _follows(person, answering)
    await scene.all_ready(*_own(written))
    root = (person.folder / "root.crt").read_text()
    assert await scene.trust("profile", "web") == root


async def test_a_tenant_narrows_itself_and_stops_itself(person: Person, scene: Scene) -> None:
    written = documents.read("tenants")
    person.expects_none_of(*_namespaces(written))
    person.applies("tenants")
    await scene.all_ready(*_own(written))
    assert await _effective(scene, "team-a") == ["**.team-a.apps.example.com"]
    narrowed = ["www.team-b.apps.example.com", "*.api.team-b.apps.example.com"]
    assert await _effective(scene, "team-b") == narrowed

    patch = '{"spec": {"suspend": true}}'
    suspend = f"kubectl patch eabcredential -n team-a default --type=merge -p '{patch}'"
    person.types(suspend).succeeded()
    credential = documents.find(written, "EABCredential", "default", "team-a")
    found = await scene.stands(credential, "False Suspended")
    # What the pages for Argo CD and Flux build on: not ready, and nothing is wrong.
    assert condition(found, "Stalled") == {}


async def _effective(scene: Scene, team: str) -> list[str]:
    credential = documents.find(documents.read("tenants"), "EABCredential", "default", team)
    names: list[str] = (await scene.get(credential))["status"]["effective"]["dnsNames"]
    return names


async def _follows(person: Person, commands: str) -> None:
    """Type commands that wait for the operator, whose way to the API server is in our loop."""
    (await asyncio.to_thread(person.types, commands)).succeeded()


def _namespace(document: Document) -> str:
    """Return where an object, or what a ClusterIssuer refers to, is."""
    namespace: str = document["metadata"].get("namespace", "cert-manager")
    return namespace
