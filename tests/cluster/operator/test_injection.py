"""Issuers that ask for trust have it, and nothing else of cert-manager's is touched."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import yaml

from tests.cluster.harness.cert_manager import definitions as cert_manager
from tests.cluster.harness.cert_manager.issuers import (
    INJECTOR,
    ca_bundle,
    collection_of,
    issuer,
    owners,
    path_of,
)
from tests.cluster.harness.client import Client, Patch
from tests.cluster.harness.operators import SERVER_URL, Operator
from tests.cluster.harness.resources import CONFIG_MAPS, EVENTS, SECRETS, Document
from tests.cluster.harness.waiting import eventually
from tests.cluster.operator.marks import needs_audit_log
from tests.cluster.operator.scene import Scene

# Definitions of cert-manager's are made and deleted here: not on somebody's cluster.
pytestmark = needs_audit_log

_ANNOTATION = "certwright.dev/inject-ca-from"


@dataclass(frozen=True, slots=True)
class Site:
    """A scene with a profile, and what is there of cert-manager's."""

    scene: Scene
    made: list[Document] = field(default_factory=list)

    @property
    def client(self) -> Client:
        return self.scene.client

    @property
    def profile(self) -> str:
        return f"{self.scene.pki}/web"

    @property
    def directory(self) -> str:
        return f"{SERVER_URL}/acme/{self.profile}/directory"

    def issuer(self, name: str = "certwright", **more: str | None) -> Document:
        """Return the document of a tenant's Issuer that asks for trust."""
        return issuer(
            name,
            more.pop("server", None) or self.directory,
            namespace=self.scene.team,
            source=self.profile,
            **more,
        )

    def cluster_issuer(self) -> Document:
        name = f"certwright-{self.scene.team}"
        return issuer(name, self.directory, source=self.profile)

    async def create(self, document: Document) -> Document:
        self.made.append(document)
        return await self.client.request("POST", collection_of(document), body=document)

    async def get(self, document: Document) -> Document:
        return await self.client.request("GET", path_of(document))

    async def trust(self) -> str:
        namespace = self.scene.installation.names.server_namespace
        found = await self.client.get(CONFIG_MAPS, "trust.server", namespace)
        trust: str = found["data"]["ca.crt"]
        return trust

    async def trusts(self, document: Document) -> Document:
        """Wait until an Issuer trusts what is published, and return it."""

        async def trusting() -> Document:
            found = await self.get(document)
            assert ca_bundle(found) == await self.trust()
            return found

        return await eventually(trusting)

    async def has_bundle(self, document: Document, expected: str | None) -> None:
        async def having() -> None:
            assert ca_bundle(await self.get(document)) == expected

        await eventually(having)

    async def patch(self, document: Document, patch: Document) -> Document:
        return await self.client.patch(path_of(document), patch)

    async def warned(self, document: Document, *parts: str) -> None:
        """Wait until an Event of an Issuer says all that."""

        async def told() -> None:
            messages = await self.warnings(document)
            assert any(all(part in each for part in parts) for each in messages), messages

        await eventually(told)

    async def warnings(self, document: Document) -> list[str]:
        uid = (await self.get(document))["metadata"]["uid"]
        namespace = document["metadata"].get("namespace", "default")
        return [
            each["message"]
            for each in await self.client.objects(EVENTS, namespace)
            if each["involvedObject"].get("uid") == uid and each["type"] == "Warning"
        ]

    def kubectl_apply(self, folder: Path, document: Document, *options: str) -> None:
        file = folder / "issuer.yaml"
        file.write_text(yaml.safe_dump(document))
        self.scene.installation.cluster.kubectl("apply", "-f", str(file), *options).succeeded()


@pytest.fixture
async def site(scene: Scene, client: Client) -> AsyncIterator[Site]:
    """Give a scene with the quick-start's profile, on a cluster that knows issuers."""
    await cert_manager.establish(client)
    await scene.apply(*scene.quickstart)
    made = Site(scene)
    yield made
    for document in made.made:
        await client.request("DELETE", collection_of(document))


async def test_an_issuer_and_a_cluster_issuer_are_given_the_trust_and_nothing_else(
    site: Site, operator: Operator
) -> None:
    for document in (site.issuer(), site.cluster_issuer()):
        before = await site.create(document)
        after = await site.trusts(document)
        assert owners(after) == {INJECTOR}
        del after["spec"]["acme"]["caBundle"]
        for found in (before["metadata"], after["metadata"]):
            for member in ("managedFields", "resourceVersion", "generation"):
                del found[member]
        assert after == before
    assert operator.runs


async def test_an_issuer_is_given_trust_once_its_profile_is_there(
    site: Site, operator: Operator
) -> None:
    *_, profile, _ = site.scene.quickstart
    await site.scene.delete(profile)
    await site.create(site.issuer())
    await asyncio.sleep(1)
    assert ca_bundle(await site.get(site.issuer())) is None
    await site.scene.apply(profile)
    await site.trusts(site.issuer())
    assert await site.warnings(site.issuer()) == []
    assert operator.runs


async def test_when_the_trust_changes_issuers_follow(site: Site, operator: Operator) -> None:
    await site.create(site.issuer())
    await site.trusts(site.issuer())
    before = await site.trust()
    names = site.scene.installation.names
    await site.client.delete(SECRETS, "serving-authority", names.operator_namespace)

    async def another() -> None:
        assert await site.trust() != before

    await eventually(another)
    await site.trusts(site.issuer())
    assert operator.runs


async def test_without_the_annotation_the_field_goes(site: Site, operator: Operator) -> None:
    await site.create(site.issuer())
    await site.trusts(site.issuer())
    await site.patch(site.issuer(), {"metadata": {"annotations": {_ANNOTATION: None}}})
    await site.has_bundle(site.issuer(), None)
    assert operator.runs


async def test_without_the_annotation_the_field_stays_with_whoever_else_owns_it(
    site: Site, operator: Operator
) -> None:
    await site.create(site.issuer())
    bundle = (await site.trusts(site.issuer()))["spec"]["acme"]["caBundle"]
    await site.patch(site.issuer(), {"spec": {"acme": {"email": "x@example.test"}}})
    theirs = site.issuer(caBundle=bundle)
    options = {"fieldManager": "git"}
    path = path_of(theirs)
    await site.client.request("PATCH", path, options | {"force": "true"}, theirs, Patch.APPLY)
    assert owners(await site.get(theirs)) == {INJECTOR, "git"}
    await site.patch(theirs, {"metadata": {"annotations": {_ANNOTATION: None}}})

    async def left() -> None:
        assert owners(await site.get(theirs)) == {"git"}

    await eventually(left)
    assert (await site.get(theirs))["spec"]["acme"]["caBundle"] == bundle
    assert operator.runs


@pytest.mark.parametrize("later", [False, True], ids=["from the beginning", "later"])
async def test_a_ca_bundle_of_somebody_else_is_never_overwritten(
    site: Site, operator: Operator, later: bool
) -> None:
    theirs = "dGhlaXJz"
    if later:
        await site.create(site.issuer())
        await site.trusts(site.issuer())
        patched = {"spec": {"acme": {"caBundle": theirs}}}
        await site.client.request(
            "PATCH", path_of(site.issuer()), {"fieldManager": "somebody"}, patched, Patch.MERGE
        )
    else:
        document = site.issuer(caBundle=theirs)
        await site.client.request(
            "POST", collection_of(document), {"fieldManager": "somebody"}, document
        )
        site.made.append(document)
    await site.warned(site.issuer(), "'somebody'", "never overwritten")
    # The operator has looked at it more than once by then.
    await asyncio.sleep(6)
    found = await site.get(site.issuer())
    assert found["spec"]["acme"]["caBundle"] == theirs
    assert owners(found) == {"somebody"}
    assert len(await site.warnings(site.issuer())) == 1
    await site.patch(site.issuer(), {"spec": {"acme": {"caBundle": None}}})
    await site.trusts(site.issuer())
    assert operator.runs


@pytest.mark.parametrize(
    "options", [(), ("--server-side", "--field-manager=flux")], ids=["client-side", "server-side"]
)
async def test_what_git_says_leaves_the_trust_in_place(
    site: Site, operator: Operator, tmp_path: Path, options: tuple[str, ...]
) -> None:
    site.made.append(site.issuer())
    site.kubectl_apply(tmp_path, site.issuer(), *options)
    before = await site.trusts(site.issuer())
    site.kubectl_apply(tmp_path, site.issuer(), *options)
    assert await site.get(site.issuer()) == before
    site.kubectl_apply(tmp_path, site.issuer(email="x@example.test"), *options)
    after = await site.get(site.issuer())
    assert after["spec"]["acme"]["email"] == "x@example.test"
    assert after["spec"]["acme"]["caBundle"] == before["spec"]["acme"]["caBundle"]
    assert operator.runs


async def test_an_issuer_of_another_server_is_left_alone_and_its_people_are_told(
    site: Site, operator: Operator
) -> None:
    elsewhere = "https://acme.elsewhere.test/directory"
    await site.create(site.issuer(server=elsewhere))
    await site.warned(site.issuer(), elsewhere, site.directory)
    assert ca_bundle(await site.get(site.issuer())) is None
    await site.patch(site.issuer(), {"spec": {"acme": {"server": site.directory}}})
    await site.trusts(site.issuer())
    assert operator.runs


async def test_people_of_a_cluster_issuer_are_told_in_the_default_namespace(
    site: Site, operator: Operator
) -> None:
    document = site.cluster_issuer()
    document["metadata"]["annotations"][_ANNOTATION] = "web"
    await site.create(document)
    await site.warned(document, "'web' is not NAMESPACE/NAME")
    assert operator.runs


async def test_cert_manager_may_come_later_go_and_come_back(
    scene: Scene, client: Client, operator: Operator
) -> None:
    await cert_manager.remove(client)
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    site = Site(scene)
    for _ in range(2):
        await cert_manager.establish(client)
        await site.create(site.issuer())
        await site.trusts(site.issuer())
        await cert_manager.remove(client)
    await scene.all_ready(*scene.quickstart)
    assert operator.runs


async def test_an_idle_operator_writes_to_no_issuer(site: Site, operator: Operator) -> None:
    await site.create(site.issuer())
    await site.trusts(site.issuer())
    elsewhere = site.issuer("elsewhere", server="https://acme.elsewhere.test/directory")
    await site.create(elsewhere)
    await site.warned(elsewhere, "acme.elsewhere.test")
    installation = site.scene.installation
    await operator.stop()
    start = installation.audit.position()
    operator.start()
    # It looks at all of them when it has started; the news of another one comes behind theirs.
    await eventually(partial(_watched, site, start))
    last = site.issuer("last")
    await site.create(last)
    await site.trusts(last)
    written = [each for each in installation.writes(start) if each.group == "cert-manager.io"]
    assert [each.name for each in written] == ["last"]


async def _watched(site: Site, start: int) -> None:
    requests = site.scene.installation.requests(start)
    watched = {each.resource for each in requests if each.verb == "watch"}
    assert {"issuers", "clusterissuers"} <= watched
