"""The watches on a real API server."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import kopf
import pytest

from certwright_operator import main
from certwright_operator.api import access
from certwright_operator.api.access import KUBECONFIG
from certwright_operator.api.port import (
    API,
    CONFIG_MAPS,
    CREDENTIALS,
    DEFINITIONS,
    SECRETS,
    NotServed,
    Object,
    Resource,
)
from certwright_operator.settings import Settings, TenantSecrets
from certwright_operator.triggers.streams import Streams
from certwright_operator.triggers.watch import Watch, WatchEnded, told_by
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.waiting import eventually
from tests.unit.operator.api.contract import UNSERVED, config_map, credential, secret

WIDGET = Resource("tests.certwright.dev", "v1", "widgets", "Widget")
WIDGETS: Object = {
    "metadata": {"name": "widgets.tests.certwright.dev"},
    "spec": {
        "group": "tests.certwright.dev",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }
        ],
    },
}

Seen = tuple[str, str | None, str]


class Noting:
    """An inbox that keeps what comes from one namespace: plural, type, name."""

    def __init__(self, namespace: str) -> None:
        self.events: list[Seen] = []
        self._namespace = namespace

    def seen(self, plural: str, type: str | None, body: Mapping[str, Any]) -> None:  # noqa: A002
        if body["metadata"].get("namespace") == self._namespace:
            self.events.append((plural, type, body["metadata"]["name"]))


@asynccontextmanager
async def watching(cluster: Cluster, *watches: Watch) -> AsyncIterator[Sequence[asyncio.Task[Any]]]:
    found = await access.configuration({KUBECONFIG: str(cluster.kubeconfig)})
    streams = Streams([path for each in watches for path in each.paths], lambda: None)
    tasks = [asyncio.create_task(each.run(found, streams, "tests")) for each in watches]
    try:
        async with asyncio.timeout(30):
            await streams.all_open()
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.usefixtures("definitions")
async def test_what_happens_is_told(cluster: Cluster, api: API, namespace: str) -> None:
    await api.create(CREDENTIALS, namespace, credential("before"))
    await api.create(SECRETS, namespace, secret("theirs"))
    inbox = Noting(namespace)
    settings = Settings("kube-system", namespace, "https://a.example", TenantSecrets(), "me")

    async def all_told() -> None:
        assert {
            ("eabcredentials", None, "before"),
            ("eabcredentials", "ADDED", "after"),
            ("eabcredentials", "DELETED", "after"),
            ("secrets", "ADDED", "ours"),
            ("configmaps", "ADDED", "one"),
        } <= set(inbox.events)

    async with watching(cluster, *main.watches(settings, inbox)):
        after = await api.create(CREDENTIALS, namespace, credential("after"))
        await api.delete(CREDENTIALS, namespace, "after", uid=after["metadata"]["uid"])
        ours = secret("ours")
        ours["metadata"]["labels"] = config_map()["metadata"]["labels"]
        await api.create(SECRETS, namespace, ours)
        await api.create(CONFIG_MAPS, namespace, config_map())
        await eventually(all_told)
    assert "theirs" not in {name for _, _, name in inbox.events}


@pytest.mark.usefixtures("definitions")
async def test_watching_writes_nothing(cluster: Cluster, api: API, namespace: str) -> None:
    made = await api.create(CREDENTIALS, namespace, credential())
    inbox = Noting(namespace)
    settings = Settings("kube-system", namespace, "https://a.example", TenantSecrets(), "me")

    async def told() -> None:
        assert inbox.events

    async with watching(cluster, *main.watches(settings, inbox)):
        await eventually(told)
    found = await api.get(CREDENTIALS, namespace, "one")
    assert found["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


async def test_a_kind_that_is_not_served_is_awaited(cluster: Cluster) -> None:
    found = await access.configuration({KUBECONFIG: str(cluster.kubeconfig)})
    watch = Watch((UNSERVED,))

    @kopf.on.event(*told_by(UNSERVED), registry=watch.registry)
    async def unserved(**_: Any) -> None:
        raise AssertionError("there is none")

    streams = Streams(list(watch.paths), lambda: None)
    running = asyncio.create_task(watch.run(found, streams, "tests"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await streams.all_open()
    assert streams.awaited == ["/apis/unserved.certwright.dev/v1/nothings"]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_the_watch_of_a_kind_whose_definition_is_deleted_ends(
    cluster: Cluster, api: API
) -> None:
    made = await api.apply(DEFINITIONS, None, WIDGETS["metadata"]["name"], WIDGETS)
    watch = Watch((WIDGET,))

    @kopf.on.event(*told_by(WIDGET), registry=watch.registry)
    async def widget(**_: Any) -> None:
        """Do nothing."""

    async def is_served() -> None:
        try:
            assert [each async for each in api.pages(WIDGET, None)] == []
        except NotServed as error:
            raise AssertionError(str(error)) from error

    await eventually(is_served)
    async with asyncio.timeout(60), watching(cluster, watch) as (running,):
        await api.delete(DEFINITIONS, None, made["metadata"]["name"], uid=made["metadata"]["uid"])
        with pytest.raises(WatchEnded, match="widgets has ended"):
            await running
