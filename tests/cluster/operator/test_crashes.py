"""The operator dies, or two of them are at work: there is one key, and everything ends well."""

import json
from functools import partial
from typing import Any

from tests.cluster.harness.gate import Write
from tests.cluster.harness.installation import Installation
from tests.cluster.harness.operators import Operator
from tests.cluster.harness.resources import LEASES, SECRETS, Document
from tests.cluster.harness.waiting import eventually
from tests.cluster.operator import documents
from tests.cluster.operator.elsewhere import Root
from tests.cluster.operator.marks import needs_audit_log
from tests.cluster.operator.scene import Scene, data

_ENOUGH_STARTS = 60
"""More starts than there are writes; with one write a start, all of them go somewhere."""


async def end_of_writes(scene: Scene, operator: Operator, written: list[Document]) -> bool:
    """Return whether objects became ready before the gate was closed."""

    async def either() -> bool:
        if operator.gate.closed.is_set():
            return False
        assert operator.runs
        for each in written:
            await scene.is_ready(each)
        return True

    return await eventually(either)


async def test_killed_between_any_two_writes_it_makes_one_key_and_ends_ready(
    scene: Scene, installation: Installation
) -> None:
    """Each start gets through one write and is killed with the next on its way."""
    operator = await installation.operator()
    written = scene.quickstart
    await scene.apply(*written)
    seen: dict[str, str] = {}
    for _ in range(_ENOUGH_STARTS):
        operator.gate.open(budget=1)
        operator.start()
        if await end_of_writes(scene, operator, written):
            break
        await operator.kill()
        await installation.forget_the_lease()
        for each in await scene.keys():
            key = each["data"]["tls.key"]
            assert seen.setdefault(each["metadata"]["name"], key) == key
    await scene.all_ready(*written)
    assert seen.keys() == {f"authority.{scene.pki}.root", f"authority.{scene.pki}.issuing"}
    assert {each["data"]["tls.key"] for each in await scene.keys()} == set(seen.values())


async def test_an_answer_that_is_lost_makes_no_second_key(
    scene: Scene, installation: Installation
) -> None:
    """The key was written, and the operator never heard of it."""
    operator = await installation.operator()
    root, name = documents.authority(scene.pki, "root"), f"authority.{scene.pki}.root"
    await scene.apply(root)
    written: list[Write] = []

    async def close_after_the_key(write: Write, body: bytes) -> None:
        if makes(write, body, name):
            written.append(write)
            operator.gate.lose_answers()

    operator.gate.before = close_after_the_key
    operator.start()
    await eventually(partial(has_keys, scene, 1))
    (key,) = await scene.keys()
    await operator.kill()
    await installation.forget_the_lease()
    operator.gate.open()
    operator.start()
    await scene.all_ready(root)
    (after,) = await scene.keys()
    assert after["data"]["tls.key"] == key["data"]["tls.key"]
    assert len(written) == 1


def makes(write: Write, body: bytes, name: str) -> bool:
    """Tell whether a write creates the Secret of a name."""
    if (write.method, write.resource) != ("POST", "secrets"):
        return False
    return bool(json.loads(body)["metadata"]["name"] == name)


async def has_keys(scene: Scene, number: int) -> None:
    assert len(await scene.keys()) == number


async def test_whoever_comes_second_takes_the_key_of_the_first(
    scene: Scene, installation: Installation
) -> None:
    """Another operator, whom no Lease holds back, writes its key a moment before."""
    operator = await installation.operator()
    name = f"authority.{scene.pki}.root"
    rival = Root.made("Rival").secret["tls.key"]
    beaten: list[str] = []

    async def be_faster(write: Write, body: bytes) -> None:
        if beaten or not makes(write, body, name):
            return
        beaten.append(name)
        wanted: dict[str, Any] = json.loads(body)
        wanted |= {"apiVersion": "v1", "kind": "Secret", "stringData": {"tls.key": rival}}
        wanted["metadata"]["namespace"] = write.namespace
        del wanted["data"]
        await scene.client.create(wanted)

    operator.gate.before = be_faster
    operator.start()
    root = documents.authority(scene.pki, "root")
    await scene.apply(root)
    await scene.all_ready(root)
    assert beaten == [name]
    (held,) = await scene.keys()
    assert data(held)["tls.key"] == rival


@needs_audit_log
async def test_of_two_operators_one_works(scene: Scene, installation: Installation) -> None:
    first, second = await installation.operator(), await installation.operator()
    first.start()
    second.start()
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    creates = [
        each.name
        for each in installation.writes()
        if each.verb == "create" and each.resource == "secrets"
    ]
    assert len(creates) == len(set(creates))
    refused = [str(each) for each in installation.writes() if each.code >= 400]
    assert refused == []
    assert first.runs
    assert second.runs


async def test_another_takes_over_when_the_one_at_work_is_killed(
    scene: Scene, installation: Installation
) -> None:
    first, second = await installation.operator(), await installation.operator()
    first.start()
    before = documents.authority(scene.pki, "before")
    await scene.apply(before)
    await scene.all_ready(before)
    second.start()
    await first.kill()
    after = documents.authority(scene.pki, "after")
    await scene.apply(after)
    await scene.all_ready(before, after)
    assert second.runs


async def test_another_takes_over_at_once_from_one_that_ends_in_order(
    scene: Scene, installation: Installation
) -> None:
    first = await installation.operator()
    first.start()
    root = documents.authority(scene.pki, "root")
    await scene.apply(root)
    await scene.all_ready(root)
    await first.stop()
    system = installation.names.operator_namespace
    lease = await scene.client.get(LEASES, "certwright-operator", system)
    assert not lease["spec"].get("holderIdentity")
    assert first.status == 0
    second = await installation.operator()
    second.start()
    after = documents.authority(scene.pki, "after")
    await scene.apply(after)
    await scene.all_ready(root, after)


async def test_an_api_server_out_of_reach_delays_and_loses_nothing(
    scene: Scene, operator: Operator
) -> None:
    await scene.apply(*scene.quickstart[:1])
    await scene.all_ready(*scene.quickstart[:1])
    operator.gate.refuse(503)
    await scene.apply(*scene.quickstart)
    await eventually(partial(was_refused, operator))
    operator.gate.open()
    await scene.all_ready(*scene.quickstart)
    assert await scene.client.get(SECRETS, "team-a-eab", scene.team)


async def was_refused(operator: Operator) -> None:
    assert operator.gate.refused > 3
