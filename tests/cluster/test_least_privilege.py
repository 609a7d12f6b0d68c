"""What the roles grant is what is used, no more and no less, by the API server's audit log.

That nothing is denied to operator and server in all other tests either, the fixture `cluster` sees
to.
"""

import json
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from tests.cluster.harness.accounts import Attempt, may
from tests.cluster.harness.audit import Request
from tests.cluster.harness.cert_manager import definitions as cert_manager
from tests.cluster.harness.cert_manager import issuers
from tests.cluster.harness.client import Client
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.gate import Write
from tests.cluster.harness.installation import Installation, installed
from tests.cluster.harness.manifests import read
from tests.cluster.harness.operators import SERVER_URL, Operator
from tests.cluster.harness.resources import (
    CONFIG_MAPS,
    CREDENTIALS,
    LEASES,
    OWN,
    SECRETS,
    Document,
)
from tests.cluster.harness.waiting import eventually
from tests.cluster.operator import documents
from tests.cluster.operator.elsewhere import Root
from tests.cluster.operator.marks import needs_audit_log
from tests.cluster.operator.scene import Scene, data

_EVERY_VERB = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One verb on one resource, in a namespace or in all, for some names or for all."""

    namespace: str
    verb: str
    group: str
    resource: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.resource} {self.name} in {self.namespace or 'all'}"

    def covers(self, request: Request) -> bool:
        return (
            request.verb == self.verb
            and (request.group, request.resource) == (self.group, self.resource)
            and self.namespace in ("", request.namespace)
            and self.name in ("", request.name)
        )


def grants(roles: list[Document], user: str) -> set[Grant]:
    """Return everything that roles, bound as they are in the same list, grant a ServiceAccount."""
    bound = {
        (each["roleRef"]["kind"], each["roleRef"]["name"], each["metadata"].get("namespace", ""))
        for each in roles
        for subject in each.get("subjects", ())
        if user == f"system:serviceaccount:{subject.get('namespace')}:{subject['name']}"
    }
    return {
        grant
        for each in roles
        if (each["kind"], each["metadata"]["name"], each["metadata"].get("namespace", "")) in bound
        for grant in _granted(each)
    }


def _granted(role: Document) -> Iterator[Grant]:
    namespace = role["metadata"].get("namespace", "")
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for verb in rule["verbs"]:
                    for name in rule.get("resourceNames", ("",)):
                        yield Grant(namespace, verb, group, resource, name)


def used(granted: set[Grant], requests: tuple[Request, ...]) -> set[Grant]:
    """Return the grants that requests needed: of several, that of the narrower role."""
    needed: set[Grant] = set()
    for request in requests:
        covering = sorted(
            (each for each in granted if each.covers(request)),
            key=lambda each: (not each.namespace, not each.name),
        )
        needed.update(covering[:1])
    return needed


def with_creates(requests: tuple[Request, ...]) -> Iterator[Request]:
    """Yield requests, and for an apply that created its object the create that it also needed."""
    for each in requests:
        yield each
        if each.verb == "patch" and each.code == 201:
            yield Request(each.user, "create", each.group, each.resource, each.namespace, "", 201)


@pytest.fixture(params=["everywhere", "named namespaces"])
async def scene(
    request: pytest.FixtureRequest,
    cluster: Cluster,
    client: Client,
    definitions: list[Document],
    tmp_path: Path,
) -> AsyncIterator[Scene]:
    """Give an installation in either way to write tenants' Secrets."""
    assert definitions
    suffix = f"-{secrets.token_hex(4)}"
    everywhere = request.param == "everywhere"
    async with installed(cluster, client, tmp_path, suffix, everywhere=everywhere) as made:
        pki = await made.namespace("pki")
        team = await made.namespace("team", {"team": "true"})
        if not everywhere:
            await made.grant(made.names.tenant_secrets_of(pki))
            await made.grant(made.names.tenant_secrets_of(team))
        yield Scene(made, pki, team)


def roles_of(scene: Scene) -> list[Document]:
    """Return the roles and bindings of an installation."""
    names = scene.installation.names
    tenants = (
        names.tenant_secrets_everywhere()
        if scene.installation.everywhere
        else [
            *names.tenant_secrets_of(scene.pki),
            *names.tenant_secrets_of(scene.team),
        ]
    )
    return [*names.roles(), *tenants]


@needs_audit_log
async def test_the_operator_uses_all_that_it_is_granted_and_is_refused_nothing(
    scene: Scene,
) -> None:
    await a_busy_day(scene)
    granted = grants(roles_of(scene), scene.installation.names.operator)
    requests = tuple(with_creates(scene.installation.requests()))
    assert [str(each) for each in requests if each.denied] == []
    needed = {_in_any_tenants(scene, each) for each in used(granted, requests)}
    unused = {_in_any_tenants(scene, each) for each in granted} - needed
    assert "\n".join(sorted(map(str, unused))) == ""


def _in_any_tenants(scene: Scene, grant: Grant) -> Grant:
    """Return the same for all namespaces with a tenant's role: it is one role."""
    tenants = (scene.pki, scene.team)
    return replace(grant, namespace="tenant") if grant.namespace in tenants else grant


async def a_busy_day(scene: Scene) -> None:
    """Have the operator do everything that it ever does with the API server."""
    installation = scene.installation
    tenants = () if installation.everywhere else (scene.pki, scene.team)
    operator = await installation.operator(tenants=tenants, resync="10s")
    operator.gate.before = partial(_be_faster, scene, set())
    operator.start()
    root = Root.made("Elsewhere")
    await scene.client.create(documents.secret(scene.pki, "elsewhere", **root.secret))
    imported = documents.imported(scene.pki, "imported", "elsewhere")
    short = documents.authority(scene.pki, "short", deletionPolicy="Delete")
    kept = documents.authority(scene.pki, "kept")
    lab = documents.profile(scene.pki, "lab", issuer="short", template="web-server")
    *_, credential = scene.quickstart
    everything = (*scene.quickstart, short, kept, lab, imported)
    await scene.apply(*everything)
    await scene.all_ready(*everything)

    await _a_namespace_that_no_watch_told_of(scene, operator)
    await _a_rotation(scene, credential)
    await _children_lost_and_spoilt(scene)
    await _issuers_that_ask_for_trust(scene)
    for document in (lab, short, kept, credential):
        await scene.delete(document)
    names = installation.names
    await scene.is_gone(SECRETS, f"authority.{scene.pki}.short", names.operator_namespace)
    await scene.is_gone(SECRETS, "team-a-eab", scene.team)
    trust = f"trust.authority.{scene.pki}.short"
    await scene.is_gone(CONFIG_MAPS, trust, names.server_namespace)
    await eventually(partial(_is_retained, scene, f"authority.{scene.pki}.kept"))
    await eventually(partial(_a_signer_is_unused, scene))
    await operator.stop()


async def _be_faster(scene: Scene, beaten: set[str], write: Write, body: bytes) -> None:
    """Write the first key and the first roots a moment before the operator does."""
    if write.method != "POST" or write.resource not in {"secrets", "configmaps"}:
        return
    wanted = json.loads(body)
    if write.resource in beaten or "nonce-keys" in wanted["metadata"]["name"]:
        return
    beaten.add(write.resource)
    wanted["metadata"]["namespace"] = write.namespace
    await scene.client.create(wanted)


async def _a_namespace_that_no_watch_told_of(scene: Scene, operator: Operator) -> None:
    operator.gate.tell_nothing("namespaces")
    late = documents.authority(await scene.installation.namespace("late"), "late")
    await scene.apply(late)
    await scene.all_ready(late)
    operator.gate.tell()


async def _a_rotation(scene: Scene, credential: Document) -> None:
    before = data(await scene.client.get(SECRETS, "team-a-eab", scene.team))
    credential["spec"]["rotation"] = {"revision": 2}
    await scene.apply(credential)

    async def rotated() -> None:
        assert data(await scene.client.get(SECRETS, "team-a-eab", scene.team)) != before

    await eventually(rotated)


async def _children_lost_and_spoilt(scene: Scene) -> None:
    server = scene.installation.names.server_namespace
    lost, spoilt = (f"trust.authority.{scene.pki}.{name}" for name in ("root", "issuing"))
    before = await scene.trust("authority", "issuing")
    await scene.client.delete(CONFIG_MAPS, lost, server)
    await scene.client.patch(CONFIG_MAPS.path(server, spoilt), {"data": {"ca.crt": "spoilt"}})

    async def right() -> None:
        assert await scene.trust("authority", "root") == before
        assert await scene.trust("authority", "issuing") == before

    await eventually(right)


async def _issuers_that_ask_for_trust(scene: Scene) -> None:
    await cert_manager.establish(scene.client)
    profile = f"{scene.pki}/web"
    directory = f"{SERVER_URL}/acme/{profile}/directory"
    asking = (
        issuers.issuer("certwright", directory, namespace=scene.team, source=profile),
        issuers.issuer(f"certwright-{scene.team}", directory, source=profile),
    )

    async def trusts(document: Document) -> None:
        found = await scene.client.request("GET", issuers.path_of(document))
        assert issuers.ca_bundle(found) is not None

    for document in asking:
        await scene.client.request("POST", issuers.collection_of(document), body=document)
        await eventually(partial(trusts, document))
    await scene.client.request("DELETE", issuers.path_of(asking[1]))


async def _is_retained(scene: Scene, name: str) -> None:
    annotations = (await scene.key(name))["metadata"]["annotations"]
    assert "certwright.dev/retained-since" in annotations


async def _a_signer_is_unused(scene: Scene) -> None:
    signers = (await scene.bundles("signer")).values()
    unused = "certwright.dev/unused-since"
    assert any(unused in each["metadata"]["annotations"] for each in signers)


async def test_the_server_may_do_nothing_in_the_operators_namespace(
    installation: Installation, client: Client
) -> None:
    names = installation.names
    groups = ("system:serviceaccounts", "system:authenticated")
    for verb in _EVERY_VERB:
        for resource in (SECRETS, CONFIG_MAPS, LEASES):
            attempt = Attempt(verb, resource, names.operator_namespace)
            assert not await may(client, names.server, attempt, *groups), attempt
    attempt = Attempt("get", SECRETS, names.operator_namespace, "authority.pki.root")
    assert not await may(client, names.server, attempt, *groups)
    # It isn't that nothing is answered with yes.
    own = Attempt("get", SECRETS, names.server_namespace)
    assert await may(client, names.server, own, *groups)


async def test_the_server_reads_secrets_of_its_own_namespace_and_no_other(
    installation: Installation, client: Client
) -> None:
    names = installation.names
    team = await installation.namespace("team")
    for verb in _EVERY_VERB:
        for namespace in ("", team, "kube-system"):
            attempt = Attempt(verb, SECRETS, namespace)
            assert not await may(client, names.server, attempt), attempt
    allowed = [
        verb
        for verb in _EVERY_VERB
        if await may(client, names.server, Attempt(verb, SECRETS, names.server_namespace))
    ]
    assert allowed == ["get", "list", "watch"]


async def test_the_operator_cannot_look_around_in_secrets_of_tenants(
    installation: Installation, client: Client
) -> None:
    team = await installation.namespace("team")
    allowed = [
        verb
        for verb in _EVERY_VERB
        if await may(client, installation.names.operator, Attempt(verb, SECRETS, team))
    ]
    assert allowed == ["get", "create", "patch"]


async def test_without_the_cluster_wide_role_it_reaches_no_secrets_that_it_was_not_given(
    cluster: Cluster, client: Client, definitions: list[Document], tmp_path: Path
) -> None:
    assert definitions
    suffix = f"-{secrets.token_hex(4)}"
    async with installed(cluster, client, tmp_path, suffix, everywhere=False) as made:
        given, other = await made.namespace("given"), await made.namespace("other")
        await made.grant(made.names.tenant_secrets_of(given))
        for verb in _EVERY_VERB:
            attempt = Attempt(verb, SECRETS, other)
            assert not await may(client, made.names.operator, attempt), attempt
        assert await may(client, made.names.operator, Attempt("patch", SECRETS, given))


async def test_the_operator_writes_status_and_never_a_spec(
    installation: Installation, client: Client
) -> None:
    team = await installation.namespace("team")
    for resource in OWN.values():
        allowed = [
            verb
            for verb in _EVERY_VERB
            if await may(client, installation.names.operator, Attempt(verb, resource, team))
        ]
        assert allowed == ["list", "watch"]


async def test_everybody_who_is_somebody_may_read_roots(
    installation: Installation, client: Client
) -> None:
    attempt = Attempt("get", CONFIG_MAPS, installation.names.server_namespace)
    assert await may(client, "somebody", attempt, "system:authenticated")
    assert not await may(client, "system:anonymous", attempt, "system:unauthenticated")
    written = Attempt("patch", CONFIG_MAPS, installation.names.server_namespace)
    assert not await may(client, "somebody", written, "system:authenticated")


@pytest.fixture
async def people(installation: Installation) -> Installation:
    """Give an installation with the roles for people, once Kubernetes' own have taken them up."""
    await installation.grant(read("people.yaml"))
    return installation


async def bind(client: Client, namespace: str, role: str) -> str:
    """Bind a role to a new person in a namespace, and return whose name that is."""
    rbac = "rbac.authorization.k8s.io"
    person = f"somebody-with-{role}"
    await client.create(
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": person, "namespace": namespace},
            "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": rbac, "kind": "User", "name": person}],
        }
    )
    return person


@pytest.mark.parametrize(
    ("role", "writes"),
    [
        ("view", set()),
        ("edit", {"EABCredential"}),
        ("admin", {"EABCredential"}),
        ("certwright-platform", set(OWN)),
    ],
)
async def test_people_with_a_role_may_write(
    people: Installation, client: Client, role: str, writes: set[str]
) -> None:
    team = await people.namespace("team")
    person = await bind(client, team, role)

    async def sees() -> None:
        assert await may(client, person, Attempt("list", CREDENTIALS, team))

    await eventually(sees)

    async def as_expected() -> None:
        for kind, resource in OWN.items():
            for verb in ("create", "update", "patch", "delete"):
                attempt = Attempt(verb, resource, team)
                assert await may(client, person, attempt) == (kind in writes), attempt

    await eventually(as_expected)
