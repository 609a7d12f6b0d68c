"""Children stay as they should be, whoever touches them and whenever; and nothing else is written.

What is written is counted by the API server's audit log.
"""

import asyncio
from functools import partial

import pytest

from tests.cluster.harness.installation import Installation
from tests.cluster.harness.operators import Operator
from tests.cluster.harness.resources import CONFIG_MAPS, SECRETS, Document, Resource
from tests.cluster.harness.waiting import eventually
from tests.cluster.operator import documents
from tests.cluster.operator.marks import needs_audit_log
from tests.cluster.operator.scene import Scene, data, ready

RESYNC = "10s"


@pytest.fixture
async def operator(installation: Installation) -> Operator:
    """Give an operator that looks at everything as often as it may be told to."""
    started = await installation.operator(resync=RESYNC)
    started.start()
    return started


async def everything(scene: Scene) -> dict[str, Document]:
    """Return what operator and server have in their namespaces, and the tenant's Secret."""
    names = scene.installation.names
    await scene.served()
    found = [
        *await scene.keys(),
        *await scene.client.objects(SECRETS, names.server_namespace),
        *await scene.client.objects(CONFIG_MAPS, names.server_namespace),
        await scene.client.get(SECRETS, "team-a-eab", scene.team),
    ]
    return {
        f"{each['metadata']['namespace']}/{each['metadata']['name']}": each["data"]
        for each in found
        if each["metadata"]["name"] != "kube-root-ca.crt"
    }


def children(scene: Scene) -> list[tuple[Resource, str, str]]:
    """Return the children that may be lost without loss, by kind, namespace and name."""
    server = scene.installation.names.server_namespace
    return [
        (SECRETS, server, f"profile.{scene.pki}.web"),
        (CONFIG_MAPS, server, f"trust.authority.{scene.pki}.root"),
        (CONFIG_MAPS, server, f"trust.profile.{scene.pki}.web"),
        (SECRETS, scene.team, "team-a-eab"),
    ]


async def all_is(scene: Scene, expected: dict[str, Document]) -> None:
    """Wait until everything is as expected."""

    async def same() -> None:
        assert await everything(scene) == expected

    await eventually(same)


async def test_a_deleted_child_comes_back_as_it_was(scene: Scene, operator: Operator) -> None:
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    before = await everything(scene)
    (signer,) = await scene.bundles("signer")
    server = scene.installation.names.server_namespace
    for resource, namespace, name in (*children(scene), (SECRETS, server, signer)):
        await scene.client.delete(resource, name, namespace)
    await all_is(scene, before)
    assert operator.runs


async def test_an_edited_child_is_put_right(scene: Scene, operator: Operator) -> None:
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    before = await everything(scene)
    for resource, namespace, name in children(scene):
        held = (await scene.client.get(resource, name, namespace))["data"]
        spoilt = dict.fromkeys(held, "c3BvaWx0")
        if namespace != scene.team:
            # In a tenant's namespace, what is put beside ours is the tenant's.
            spoilt["more"] = "c3BvaWx0"
        await scene.client.patch(resource.path(namespace, name), {"data": spoilt})
    await all_is(scene, before)
    assert operator.runs


async def test_what_changed_while_it_was_down_is_right_after_its_start(
    scene: Scene, operator: Operator
) -> None:
    *_, profile, credential = scene.quickstart
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    before = await everything(scene)
    await operator.stop()

    for resource, namespace, name in children(scene):
        await scene.client.delete(resource, name, namespace)
    await scene.delete(credential)
    other = documents.credential(scene.team, "other", profile=f"{scene.pki}/web")
    await scene.apply(other)
    operator.start()

    await scene.all_ready(profile, other)
    server = scene.installation.names.server_namespace
    await scene.is_gone(SECRETS, f"credential.{scene.team}.default", server)
    profile_bundle = f"{server}/profile.{scene.pki}.web"

    async def bundle_is_back() -> None:
        (bundle,) = (await scene.bundles("profile")).values()
        assert bundle["data"] == before[profile_bundle]

    await eventually(bundle_is_back)


@needs_audit_log
async def test_nothing_is_written_when_nothing_changed(scene: Scene, operator: Operator) -> None:
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    await looked_at_all(scene, 1)
    settled = scene.installation.audit.position()
    await looked_at_all(scene, 2)
    assert [str(each) for each in scene.installation.writes(settled)] == []

    await operator.stop()
    settled = scene.installation.audit.position()
    operator.start()
    # The first list is a watch's.
    await looked_at_all(scene, 3)
    assert [str(each) for each in scene.installation.writes(settled)] == []


async def looked_at_all(scene: Scene, times: int) -> None:
    """Wait until the operator has begun to look at everything that many times from now on.

    Whatever a look at everything writes, it has written when the next one begins.
    """
    start = scene.installation.audit.position()

    async def listed() -> None:
        lists = [
            each
            for each in scene.installation.requests(start)
            if (each.verb, each.resource) == ("list", "eabcredentials")
        ]
        assert len(lists) >= times

    await eventually(listed)


@needs_audit_log
async def test_a_bad_spec_is_a_condition_and_not_a_retry_loop(
    scene: Scene, operator: Operator
) -> None:
    parent = documents.authority(scene.pki, "root", maxPathLength=0)
    child = documents.intermediate(scene.pki, "below", parent="root", maxPathLength=3)
    await scene.apply(parent, child)
    await scene.all_ready(parent)
    refused = await eventually(partial(not_ready, scene, child))
    await looked_at_all(scene, 1)
    settled = scene.installation.audit.position()
    await looked_at_all(scene, 2)
    assert scene.installation.writes(settled) == ()
    assert await scene.get(child) == refused

    await scene.delete(child)
    mended = documents.authority(scene.pki, "below")
    await scene.apply(mended)
    await scene.all_ready(mended)
    assert operator.runs


async def not_ready(scene: Scene, document: Document) -> Document:
    found = await scene.get(document)
    assert ready(found).startswith("False "), found.get("status")
    return found


async def test_the_status_of_an_object_that_waits_does_not_flap(
    scene: Scene, operator: Operator
) -> None:
    waiting = documents.credential(scene.team, "early", profile=f"{scene.pki}/web")
    await scene.apply(waiting)
    told = await scene.stands(waiting, "False ReferenceNotFound")
    for number in range(5):
        await scene.apply(documents.template(scene.pki, f"beside-{number}"))
        await asyncio.sleep(0.2)
    assert (await scene.get(waiting))["status"] == told["status"]
    assert operator.runs


async def test_a_secret_of_a_tenant_is_rotated_by_revision(
    scene: Scene, operator: Operator
) -> None:
    *_, credential = scene.quickstart
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    before = data(await scene.client.get(SECRETS, "team-a-eab", scene.team))
    credential["spec"]["rotation"] = {"revision": 2}
    await scene.apply(credential)

    async def rotated() -> None:
        after = data(await scene.client.get(SECRETS, "team-a-eab", scene.team))
        assert after["kid"] == before["kid"]
        assert after["secret"] != before["secret"]

    await eventually(rotated)
    await scene.all_ready(credential)
    assert operator.runs
