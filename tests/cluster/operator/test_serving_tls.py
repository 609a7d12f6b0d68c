"""The server's TLS, made by an operator: a server serves with it, and it comes right by itself."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509

from certwright.pki import chains
from tests.cluster.harness import accounts, kubeconfig, manifests
from tests.cluster.harness.installation import Installation
from tests.cluster.harness.kubeconfig import Access
from tests.cluster.harness.operators import SERVER_URL, Operator
from tests.cluster.harness.resources import CONFIG_MAPS, SECRETS, Document, Resource
from tests.cluster.harness.waiting import eventually
from tests.cluster.operator import documents
from tests.cluster.operator.marks import needs_audit_log
from tests.cluster.operator.scene import Scene, data, is_absent
from tests.cluster.replicas.harness.replica import Place, Replica
from tests.cluster.store.conftest import kinds

__all__ = ["kinds"]

HOST = SERVER_URL.removeprefix("https://")
_ENOUGH_STARTS = 20


@pytest.fixture
async def operator(installation: Installation) -> Operator:
    """Give an operator that looks at everything as often as it may be told to."""
    started = await installation.operator(resync="10s")
    started.start()
    return started


async def trusted(scene: Scene) -> tuple[x509.Certificate, ...]:
    """Return the roots that are published."""
    server = scene.installation.names.server_namespace
    found = await scene.client.get(CONFIG_MAPS, "trust.server", server)
    pem = found["data"]["ca.crt"]
    assert "-----BEGIN CERTIFICATE-----" in pem
    return chains.certificates_from_pem(pem)


async def leaf(scene: Scene) -> x509.Certificate:
    """Return what the server is to serve with now."""
    pem = data(await scene.served())["tls.crt"]
    assert "-----BEGIN CERTIFICATE-----" in pem
    return chains.certificate_from_pem(pem)


def names_of(certificate: x509.Certificate) -> set[str]:
    """Return a certificate's DNS names."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return set(found.value.get_values_for_type(x509.DNSName))


async def is_right(scene: Scene) -> None:
    """Fail unless what is there is verified by what is published."""
    found = await leaf(scene)
    await scene.client.get(SECRETS, *authority(scene)[1:])
    findings = [root for root in await trusted(scene) if found.issuer == root.subject]
    assert findings
    found.verify_directly_issued_by(findings[0])


def authority(scene: Scene) -> tuple[Resource, str, str]:
    """Return where the root's key is."""
    return SECRETS, "serving-authority", scene.installation.names.operator_namespace


def objects(scene: Scene) -> list[tuple[Resource, str, str]]:
    """Return where everything is."""
    server = scene.installation.names.server_namespace
    return [
        authority(scene),
        (CONFIG_MAPS, "trust.server", server),
        (SECRETS, "serving-tls", server),
    ]


@asynccontextmanager
async def a_server(scene: Scene, folder: Path) -> AsyncIterator[Replica]:
    """Run a server for the block, over what the operator made."""
    names = scene.installation.names
    served = data(await scene.served())
    for name in ("tls.crt", "tls.key"):
        (folder / name).write_text(served[name])
    token = await accounts.token_of(scene.client, names.server_namespace, manifests.SERVER)
    api_server = folder / "kubeconfig"
    admin = scene.installation.cluster.access
    kubeconfig.write(api_server, Access(admin.server, admin.authority, token))
    settings = {
        "publicURL": SERVER_URL,
        "tls": {"certificate": str(folder / "tls.crt"), "key": str(folder / "tls.key")},
    }
    arguments = (f"--namespace={names.server_namespace}", f"--kubeconfig={api_server}")
    replica = Replica(Place.prepared(folder / "replica", settings, *arguments))
    try:
        await replica.start()
        yield replica
    finally:
        replica.kill()


async def directory(replica: Replica, trust: str, path: str) -> str:
    """Return the status line that a client gets which trusts what is published and nothing else."""
    context = ssl.create_default_context(cadata=trust)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", replica.place.port, ssl=context, server_hostname=HOST
    )
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.split(b"\r\n", 1)[0].decode()


async def test_a_client_that_trusts_what_is_published_reaches_a_server_that_serves_with_it(
    scene: Scene, operator: Operator, kinds: list[Document], tmp_path: Path
) -> None:
    assert kinds
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    server = scene.installation.names.server_namespace
    trust = await scene.client.get(CONFIG_MAPS, "trust.server", server)
    async with a_server(scene, tmp_path) as replica:
        path = f"/acme/{scene.pki}/web/directory"
        assert await directory(replica, trust["data"]["ca.crt"], path) == "HTTP/1.1 200 OK"
        with pytest.raises(ssl.SSLCertVerificationError):
            await directory(replica, await scene.trust("profile", "web"), path)
    assert operator.runs


async def test_the_key_of_the_root_is_in_the_operators_namespace_alone(
    scene: Scene, operator: Operator
) -> None:
    served = await scene.served()
    assert served["type"] == "kubernetes.io/tls"
    resource, name, namespace = authority(scene)
    key = data(await scene.client.get(resource, name, namespace))["tls.key"]
    assert key not in data(served).values()
    holders = [
        each["metadata"]["name"]
        for each in await scene.client.objects(SECRETS)
        if key in data(each).values()
    ]
    assert holders == ["serving-authority"]
    assert key.splitlines()[1] not in operator.log.read_text()


@pytest.mark.parametrize("lost", [0, 1, 2], ids=["authority", "trust", "certificate"])
async def test_what_is_deleted_comes_back(scene: Scene, operator: Operator, lost: int) -> None:
    await scene.served()
    before = await trusted(scene)
    resource, name, namespace = objects(scene)[lost]
    await scene.client.delete(resource, name, namespace)

    async def back() -> None:
        await scene.client.get(resource, name, namespace)
        await is_right(scene)
        # Only a lost key takes another root.
        assert (await trusted(scene) == before) == (lost != 0)

    await eventually(back)
    assert operator.runs


async def test_what_is_edited_is_put_right(scene: Scene, operator: Operator) -> None:
    await scene.served()
    before = await trusted(scene)
    _, trust, served = objects(scene)
    spoilt = base64.b64encode(b"spoilt").decode()
    await scene.client.patch(SECRETS.path(served[2], served[1]), {"data": {"tls.crt": spoilt}})
    await scene.client.patch(CONFIG_MAPS.path(trust[2], trust[1]), {"data": {"ca.crt": "spoilt"}})

    async def right() -> None:
        assert await trusted(scene) == before
        await is_right(scene)

    await eventually(right)
    assert operator.runs


async def test_a_rotation_that_is_asked_for_publishes_both_roots_and_signs_with_neither_yet(
    scene: Scene, operator: Operator
) -> None:
    before = await leaf(scene)
    (old,) = await trusted(scene)
    _, name, namespace = authority(scene)
    annotations = {"annotations": {"certwright.dev/rotate": "2026-11-24"}}
    await scene.client.patch(SECRETS.path(namespace, name), {"metadata": annotations})

    async def both() -> None:
        found = await trusted(scene)
        assert len(found) == 2
        assert found[0] == old
        held = (await scene.client.get(SECRETS, name, namespace))["metadata"]["annotations"]
        assert held["certwright.dev/rotated"] == "2026-11-24"
        assert held["certwright.dev/rotation-phase-since"]

    await eventually(both)
    assert await leaf(scene) == before
    assert data(await scene.served())["ca.crt"] == chains.to_pem_chain(await trusted(scene))
    assert operator.runs


async def test_the_certificate_is_for_names_given_and_hostnames_of_profiles(
    scene: Scene, installation: Installation
) -> None:
    """A profile that can't issue yet is served too: clients read there why."""
    operator = await installation.operator()
    operator.more = ("--serving-name=more.example.com",)
    operator.start()
    assert names_of(await leaf(scene)) == {HOST, "more.example.com"}
    profile = scene.quickstart[3]
    profile["spec"]["acme"] = {"hostname": "team.example.com"}
    waits = documents.profile(scene.pki, "waits", issuer="nowhere", template="nothing")
    waits["spec"]["acme"] = {"hostname": "waits.example.com"}
    await scene.apply(waits, *scene.quickstart[:3], profile)
    wanted = {HOST, "more.example.com", "team.example.com", "waits.example.com"}

    async def held() -> None:
        assert names_of(await leaf(scene)) == wanted

    await eventually(held)
    await is_right(scene)


async def test_killed_after_each_write_it_ends_with_everything_right(
    scene: Scene, installation: Installation
) -> None:
    """Each start gets through one write and is killed with the next on its way."""
    operator = await installation.operator()
    keys = set()
    for _ in range(_ENOUGH_STARTS):
        operator.gate.open(budget=1)
        operator.start()
        if await is_done(scene, operator):
            break
        await operator.kill()
        await installation.forget_the_lease()
        _, name, namespace = authority(scene)
        # The keys of nonces may have come first.
        if not await is_absent(scene.client, SECRETS, name, namespace):
            keys.add(data(await scene.client.get(SECRETS, name, namespace))["tls.key"])
    await is_right(scene)
    assert len(keys) == 1


async def is_done(scene: Scene, operator: Operator) -> bool:
    """Return whether all is there before the gate was closed."""

    async def either() -> bool:
        if operator.gate.closed.is_set():
            return False
        for resource, name, namespace in objects(scene):
            await scene.client.get(resource, name, namespace)
        return True

    return await eventually(either)


async def test_a_secret_of_somebody_elses_is_left_alone_and_told_of(
    scene: Scene, installation: Installation
) -> None:
    server = installation.names.server_namespace
    theirs = documents.secret(server, "serving-tls", note="theirs")
    await scene.client.create(theirs)
    operator = await installation.operator(resync="10s")
    operator.start()

    async def told() -> None:
        assert "certwright_operator_serving_faults 1" in operator.metrics()

    await eventually(told)
    assert "serving-tls is in the way" in operator.log.read_text()
    assert data(await scene.served()) == {"note": "theirs"}
    assert await trusted(scene)


async def test_of_a_given_secret_the_roots_are_published(
    scene: Scene, installation: Installation, operator: Operator
) -> None:
    """The first operator plays whoever gives it."""
    given = data(await scene.served())
    server = installation.names.server_namespace
    await scene.client.create(documents.secret(server, "acme-tls", **given))
    await operator.stop()
    for resource, name, namespace in objects(scene):
        await scene.client.delete(resource, name, namespace)

    second = await installation.operator()
    second.more = ("--serving-tls=given", "--serving-secret=acme-tls")
    second.start()

    async def published() -> None:
        assert chains.to_pem_chain(await trusted(scene)) == given["ca.crt"]

    await eventually(published)
    assert data(await scene.client.get(SECRETS, "acme-tls", server)) == given
    found = {each["metadata"]["name"] for each in await scene.client.objects(SECRETS, server)}
    assert "serving-tls" not in found


@needs_audit_log
async def test_nothing_is_written_when_nothing_changed(scene: Scene, operator: Operator) -> None:
    await scene.served()
    _, name, namespace = authority(scene)

    async def looked(times: int, start: int) -> None:
        reads = [
            each
            for each in scene.installation.requests(start)
            if (each.verb, each.name, each.namespace) == ("get", name, namespace)
        ]
        assert len(reads) >= times

    # What its own writes tell the operator of is over by then.
    await eventually(partial(looked, 3, scene.installation.audit.position()))
    settled = scene.installation.audit.position()
    await eventually(partial(looked, 2, settled))
    assert [str(each) for each in scene.installation.writes(settled)] == []
    assert operator.runs
