"""What every `API` keeps: the fake here, the implementation on a real API server."""

import base64
import copy

import pytest

from certwright_operator.api.port import (
    API,
    CONFIG_MAPS,
    CREDENTIALS,
    SECRETS,
    AlreadyExists,
    Conflict,
    Invalid,
    NotFound,
    NotServed,
    Object,
    Resource,
)

SECRET_TEXT = "an octet string nobody may see"
NOBODY = "0f5c7c46-0000-4000-8000-000000000000"
"""UID of no object."""

UNSERVED = Resource("unserved.certwright.dev", "v1", "nothings", "Nothing")


def config_map(name: str = "one", **data: str) -> Object:
    labels = {"app.kubernetes.io/managed-by": "certwright", "certwright.dev/trust": name}
    return {"metadata": {"name": name, "labels": labels}, "data": data}


def secret(name: str = "one", *, immutable: bool = False, text: str = SECRET_TEXT) -> Object:
    data = {"bundle.json": base64.b64encode(text.encode()).decode()}
    return {"metadata": {"name": name}, "data": data, "immutable": immutable}


def credential(name: str = "one", suspend: bool = False) -> Object:
    spec = {"profileRef": {"name": "web", "namespace": "pki"}, "suspend": suspend}
    return {"metadata": {"name": name}, "spec": spec}


def status(kid: str) -> Object:
    return {"metadata": {"name": "one"}, "status": {"keyID": kid}}


def version(body: Object) -> str:
    found: str = body["metadata"]["resourceVersion"]
    return found


class APIContract:
    """Needs the fixtures `api` and `namespace`: an empty one."""

    async def test_what_was_created_is_read(self, api: API, namespace: str) -> None:
        body = config_map(a="1")
        before = copy.deepcopy(body)
        created = await api.create(CONFIG_MAPS, namespace, body)
        assert body == before
        assert created["metadata"]["uid"]
        found = await api.get(CONFIG_MAPS, namespace, "one")
        assert version(found) == version(created)
        assert found["data"] == {"a": "1"}

    async def test_nothing_is_created_twice(self, api: API, namespace: str) -> None:
        await api.create(CONFIG_MAPS, namespace, config_map(a="1"))
        with pytest.raises(AlreadyExists):
            await api.create(CONFIG_MAPS, namespace, config_map(a="2"))
        assert (await api.get(CONFIG_MAPS, namespace, "one"))["data"] == {"a": "1"}

    async def test_what_is_not_there_is_not_found(self, api: API, namespace: str) -> None:
        with pytest.raises(NotFound, match="one"):
            await api.get(CONFIG_MAPS, namespace, "one")
        with pytest.raises(NotFound):
            await api.replace(CONFIG_MAPS, namespace, "one", config_map())
        with pytest.raises(NotFound):
            await api.merge(CONFIG_MAPS, namespace, "one", {"data": {"a": "1"}})
        await api.delete(CONFIG_MAPS, namespace, "one", uid=NOBODY)

    async def test_a_kind_that_is_not_served_says_nothing_about_objects(
        self, api: API, namespace: str
    ) -> None:
        with pytest.raises(NotServed):
            await api.get(UNSERVED, namespace, "one")
        with pytest.raises(NotServed):
            await api.delete(UNSERVED, namespace, "one", uid=NOBODY)
        with pytest.raises(NotServed):
            [each async for each in api.pages(UNSERVED, namespace)]

    async def test_only_the_version_that_was_read_is_replaced(
        self, api: API, namespace: str
    ) -> None:
        created = await api.create(CONFIG_MAPS, namespace, config_map(a="1"))
        replaced = await api.replace(CONFIG_MAPS, namespace, "one", created | {"data": {"b": "2"}})
        assert replaced["data"] == {"b": "2"}
        assert version(replaced) != version(created)
        with pytest.raises(Conflict):
            await api.replace(CONFIG_MAPS, namespace, "one", created | {"data": {"c": "3"}})
        assert (await api.get(CONFIG_MAPS, namespace, "one"))["data"] == {"b": "2"}

    async def test_apply_creates_and_a_second_one_changes_nothing(
        self, api: API, namespace: str
    ) -> None:
        applied = await api.apply(CONFIG_MAPS, namespace, "one", config_map(a="1"))
        again = await api.apply(CONFIG_MAPS, namespace, "one", config_map(a="1"))
        assert version(again) == version(applied)
        assert again["metadata"]["uid"] == applied["metadata"]["uid"]

    async def test_apply_takes_away_what_it_no_longer_names_and_nothing_else(
        self, api: API, namespace: str
    ) -> None:
        await api.apply(CONFIG_MAPS, namespace, "one", config_map(a="1", b="2"))
        await api.merge(CONFIG_MAPS, namespace, "one", {"data": {"theirs": "3"}})
        applied = await api.apply(CONFIG_MAPS, namespace, "one", config_map(b="2"))
        assert applied["data"] == {"b": "2", "theirs": "3"}

    async def test_apply_overrules_others(self, api: API, namespace: str) -> None:
        await api.create(CONFIG_MAPS, namespace, config_map(a="1"))
        applied = await api.apply(CONFIG_MAPS, namespace, "one", config_map(a="2"))
        assert applied["data"] == {"a": "2"}

    async def test_apply_at_a_version_creates_nothing_and_changes_no_other_version(
        self, api: API, namespace: str
    ) -> None:
        applied = config_map(a="1")
        applied["metadata"] |= {"resourceVersion": "1", "uid": NOBODY}
        with pytest.raises(Conflict):
            await api.apply(CONFIG_MAPS, namespace, "one", applied)
        with pytest.raises(NotFound):
            await api.get(CONFIG_MAPS, namespace, "one")
        created = await api.create(CONFIG_MAPS, namespace, config_map(a="0"))
        with pytest.raises(Conflict):
            await api.apply(CONFIG_MAPS, namespace, "one", applied)
        applied["metadata"] |= {"uid": created["metadata"]["uid"]}
        with pytest.raises(Conflict):
            await api.apply(CONFIG_MAPS, namespace, "one", applied)
        applied["metadata"] |= {"resourceVersion": version(created)}
        assert (await api.apply(CONFIG_MAPS, namespace, "one", applied))["data"] == {"a": "1"}

    async def test_apply_at_a_version_alone_may_create(self, api: API, namespace: str) -> None:
        """A trap of the API: only a UID says that there is an object."""
        applied = config_map(a="1")
        applied["metadata"]["resourceVersion"] = "1"
        assert (await api.apply(CONFIG_MAPS, namespace, "one", applied))["data"] == {"a": "1"}

    async def test_status_is_applied_apart_from_the_rest(self, api: API, namespace: str) -> None:
        with pytest.raises(NotFound):
            await api.apply(CREDENTIALS, namespace, "one", status("a"), subresource="status")
        created = await api.create(
            CREDENTIALS, namespace, credential() | {"status": {"keyID": "a"}}
        )
        assert "status" not in created
        applied = await api.apply(CREDENTIALS, namespace, "one", status("b"), subresource="status")
        assert applied["status"]["keyID"] == "b"
        assert applied["metadata"]["generation"] == created["metadata"]["generation"]
        changed = await api.apply(
            CREDENTIALS, namespace, "one", credential(suspend=True) | status("c")
        )
        assert changed["status"]["keyID"] == "b"
        assert changed["spec"]["suspend"]
        assert changed["metadata"]["generation"] > created["metadata"]["generation"]

    async def test_the_same_status_changes_nothing(self, api: API, namespace: str) -> None:
        await api.create(CREDENTIALS, namespace, credential())
        one = await api.apply(CREDENTIALS, namespace, "one", status("a"), subresource="status")
        two = await api.apply(CREDENTIALS, namespace, "one", status("a"), subresource="status")
        assert version(two) == version(one)

    async def test_a_status_applied_at_an_old_version_is_a_conflict(
        self, api: API, namespace: str
    ) -> None:
        created = await api.create(CREDENTIALS, namespace, credential())
        await api.merge(CREDENTIALS, namespace, "one", {"spec": {"suspend": True}})
        old = status("a")
        old["metadata"]["resourceVersion"] = version(created)
        with pytest.raises(Conflict):
            await api.apply(CREDENTIALS, namespace, "one", old, subresource="status")

    async def test_a_merge_patch_takes_away_what_is_null(self, api: API, namespace: str) -> None:
        created = await api.create(CONFIG_MAPS, namespace, config_map(a="1", b="2"))
        merged = await api.merge(
            CONFIG_MAPS, namespace, "one", {"data": {"a": None, "c": "3"}, "metadata": {}}
        )
        assert merged["data"] == {"b": "2", "c": "3"}
        assert merged["metadata"]["labels"] == created["metadata"]["labels"]

    async def test_a_merge_patch_changes_only_the_version_it_names(
        self, api: API, namespace: str
    ) -> None:
        created = await api.create(CONFIG_MAPS, namespace, config_map(a="1"))
        patch: Object = {
            "metadata": {"resourceVersion": version(created)},
            "data": {"a": "2"},
        }
        await api.merge(CONFIG_MAPS, namespace, "one", patch)
        patch["data"] = {"a": "3"}
        with pytest.raises(Conflict):
            await api.merge(CONFIG_MAPS, namespace, "one", patch)

    async def test_only_the_very_object_is_deleted(self, api: API, namespace: str) -> None:
        created = await api.create(CONFIG_MAPS, namespace, config_map())
        uid = created["metadata"]["uid"]
        with pytest.raises(Conflict):
            await api.delete(CONFIG_MAPS, namespace, "one", uid=NOBODY)
        changed = await api.merge(CONFIG_MAPS, namespace, "one", {"data": {"a": "1"}})
        with pytest.raises(Conflict):
            await api.delete(CONFIG_MAPS, namespace, "one", uid=uid, version=version(created))
        await api.delete(CONFIG_MAPS, namespace, "one", uid=uid, version=version(changed))
        with pytest.raises(NotFound):
            await api.get(CONFIG_MAPS, namespace, "one")

    async def test_all_pages_are_read(self, api: API, namespace: str) -> None:
        names = [f"map-{number}" for number in range(7)]
        for name in names:
            await api.create(CONFIG_MAPS, namespace, config_map(name))
        managed = "app.kubernetes.io/managed-by=certwright"
        listed = [each async for each in api.pages(CONFIG_MAPS, namespace, managed, limit=3)]
        assert [each["metadata"]["name"] for each in listed] == names
        everywhere = [each async for each in api.pages(CONFIG_MAPS, None, managed, limit=3)]
        assert set(names) <= {each["metadata"]["name"] for each in everywhere}

    async def test_labels_select(self, api: API, namespace: str) -> None:
        for name in ("one", "two"):
            await api.create(CONFIG_MAPS, namespace, config_map(name))
        one = "app.kubernetes.io/managed-by,certwright.dev/trust=one"
        listed = [each async for each in api.pages(CONFIG_MAPS, namespace, one)]
        assert [each["metadata"]["name"] for each in listed] == ["one"]

    async def test_an_immutable_secret_stays_as_it_is(self, api: API, namespace: str) -> None:
        created = await api.create(SECRETS, namespace, secret(immutable=True))
        other = created | {"data": secret(text="other")["data"]}
        with pytest.raises(Invalid):
            await api.replace(SECRETS, namespace, "one", other)

    async def test_no_refusal_shows_a_secret(self, api: API, namespace: str) -> None:
        body = secret()
        body["data"] = {"key": SECRET_TEXT}
        with pytest.raises(Invalid) as caught:
            await api.create(SECRETS, namespace, body)
        assert "nobody" not in str(caught.value)
