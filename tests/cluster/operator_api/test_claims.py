"""Injecting: fields are claimed without force, and watches begin with all that is there."""

import pytest

from certwright_operator.api.kubernetes import KubernetesAPI
from certwright_operator.api.port import (
    CONFIG_MAPS,
    Change,
    Conflict,
    Invalid,
    NotFound,
    NotServed,
    Object,
    Resource,
)

MANAGER = "certwright-tests"
UNSERVED = Resource("unserved.certwright.dev", "v1", "nothings", "Nothing")


def config_map(name: str = "one", **data: str) -> Object:
    return {"metadata": {"name": name}, "data": data}


def claim(uid: str, **data: str) -> Object:
    return {"metadata": {"name": "one", "uid": uid}, "data": data}


async def test_a_field_is_claimed_and_let_go_and_others_stay(
    api: KubernetesAPI, namespace: str
) -> None:
    made = await api.create(CONFIG_MAPS, namespace, config_map(theirs="1"))
    uid = made["metadata"]["uid"]
    claimed = await api.claim(CONFIG_MAPS, namespace, "one", claim(uid, ours="2"), manager=MANAGER)
    assert claimed["data"] == {"theirs": "1", "ours": "2"}
    again = await api.claim(CONFIG_MAPS, namespace, "one", claim(uid, ours="2"), manager=MANAGER)
    assert again["metadata"]["resourceVersion"] == claimed["metadata"]["resourceVersion"]
    left = await api.claim(CONFIG_MAPS, namespace, "one", claim(uid), manager=MANAGER)
    assert left["data"] == {"theirs": "1"}


async def test_what_another_manager_owns_is_not_taken(api: KubernetesAPI, namespace: str) -> None:
    made = await api.create(CONFIG_MAPS, namespace, config_map(theirs="1"))
    body = claim(made["metadata"]["uid"], theirs="2")
    with pytest.raises(Conflict, match="certwright-operator"):
        await api.claim(CONFIG_MAPS, namespace, "one", body, manager=MANAGER)
    assert (await api.get(CONFIG_MAPS, namespace, "one"))["data"] == {"theirs": "1"}


async def test_an_object_that_was_deleted_meanwhile_is_not_made_again(
    api: KubernetesAPI, namespace: str
) -> None:
    made = await api.create(CONFIG_MAPS, namespace, config_map())
    uid = made["metadata"]["uid"]
    await api.delete(CONFIG_MAPS, namespace, "one", uid=uid)
    with pytest.raises(Conflict):
        await api.claim(CONFIG_MAPS, namespace, "one", claim(uid, ours="2"), manager=MANAGER)
    with pytest.raises(NotFound):
        await api.get(CONFIG_MAPS, namespace, "one")
    await api.create(CONFIG_MAPS, namespace, config_map(a="1"))
    with pytest.raises(Invalid, match="uid"):
        await api.claim(CONFIG_MAPS, namespace, "one", claim(uid, ours="2"), manager=MANAGER)
    assert (await api.get(CONFIG_MAPS, namespace, "one"))["data"] == {"a": "1"}


async def test_a_watch_tells_first_of_all_that_is_there_and_then_of_changes(
    api: KubernetesAPI, namespace: str
) -> None:
    for name in ("one", "two"):
        await api.create(CONFIG_MAPS, namespace, config_map(name))
    seen: list[tuple[str, str]] = []
    async with api.watched(CONFIG_MAPS) as changes:
        async for change in changes:
            if not _is_in(namespace, change):
                continue
            seen.append((change.type, change.object["metadata"]["name"]))
            if seen[-1] == ("DELETED", "two"):
                break
            if len(seen) == 2:
                await api.merge(CONFIG_MAPS, namespace, "one", {"data": {"a": "1"}})
                uid = (await api.get(CONFIG_MAPS, namespace, "two"))["metadata"]["uid"]
                await api.delete(CONFIG_MAPS, namespace, "two", uid=uid)
    assert set(seen[:2]) == {("ADDED", "one"), ("ADDED", "two")}
    assert seen[2:] == [("MODIFIED", "one"), ("DELETED", "two")]


async def test_what_is_not_served_can_not_be_watched(api: KubernetesAPI) -> None:
    with pytest.raises(NotServed):
        async with api.watched(UNSERVED):
            pass


def _is_in(namespace: str, change: Change) -> bool:
    metadata = change.object["metadata"]
    return (metadata["namespace"], metadata["name"] == "kube-root-ca.crt") == (namespace, False)
