"""News comes by many connections: what is older than what is known changes nothing."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from certwright.reconcile.world import Kind
from certwright_operator.api.port import KINDS, NAMESPACES, SECRETS, Forbidden, Object, Resource
from certwright_operator.settings import TenantSecrets
from tests.fakes.kubernetes_api import Call, FakeAPI
from tests.unit.operator.reconciling.world import SERVER, Cluster, quickstart

CREDENTIALS = KINDS[Kind.CREDENTIAL]


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster()
    cluster.write(quickstart())
    return cluster


class SlowPages(FakeAPI):
    """Sends pages that are as old as the first one was, as a real API server does."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Any = None

    async def pages(
        self, resource: Resource, namespace: str | None, labels: str = "", limit: int = 500
    ) -> AsyncIterator[Object]:
        found = [each async for each in super().pages(resource, namespace, labels, limit)]
        if self.meanwhile is not None:
            self.meanwhile(resource)
        for each in found:
            yield each


async def test_a_page_older_than_a_deletion_brings_nothing_back() -> None:
    api = SlowPages()
    cluster = Cluster(api=api)
    cluster.write(quickstart())
    await cluster.settle()

    def remove(resource: Resource) -> None:
        if resource == CREDENTIALS:
            api.meanwhile = None
            api.remove(CREDENTIALS, "team-a", "default")

    api.meanwhile = remove
    await cluster.operator.resync()
    await cluster.settle()
    assert cluster.secret(SERVER, "credential.team-a.default") is None


async def test_a_page_older_than_a_namespaces_labels_grants_nothing() -> None:
    api = SlowPages()
    cluster = Cluster(api=api)
    cluster.write(quickstart())
    await cluster.settle()

    def withdraw(resource: Resource) -> None:
        if resource == NAMESPACES:
            api.meanwhile = None
            api.put(NAMESPACES, None, {"metadata": {"name": "team-a", "labels": {}}})

    api.meanwhile = withdraw
    await cluster.operator.resync()
    await cluster.settle()
    assert cluster.ready(Kind.CREDENTIAL, "team-a/default") == ("False", "NotGranted")


async def test_news_of_a_former_object_is_none_of_todays(cluster: Cluster) -> None:
    await cluster.settle()
    former = cluster.found(Kind.CREDENTIAL, "team-a/default")
    cluster.api.remove(CREDENTIALS, "team-a", "default")
    cluster.write([each for each in quickstart() if each["kind"] == Kind.CREDENTIAL])
    await cluster.settle()
    before = len(cluster.api.writes)
    cluster.operator.seen(CREDENTIALS.plural, "MODIFIED", former)
    cluster.operator.seen(CREDENTIALS.plural, "DELETED", former)
    await cluster.settle()
    assert cluster.api.writes[before:] == []


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"labels": {"certwright.dev/bundle": "signer"}}, id="labelled as another"),
        pytest.param({"labels": {"certwright.dev/bundle": None}}, id="without its label"),
        pytest.param({"annotations": {"certwright.dev/source-kind": None}}, id="of nobody"),
    ],
)
@pytest.mark.parametrize("which", ["profile.pki.web", "credential.team-a.default", "signer."])
async def test_a_child_whose_labels_are_edited_is_mended_at_once(
    cluster: Cluster, which: str, metadata: dict[str, dict[str, str | None]]
) -> None:
    await cluster.settle()
    [child] = [
        each
        for each in cluster.api.objects(SECRETS, SERVER)
        if each["metadata"]["name"].startswith(which)
    ]
    edited = {**child, "metadata": dict(child["metadata"])}
    for member, changes in metadata.items():
        kept = {**child["metadata"][member], **changes}
        edited["metadata"][member] = {k: v for k, v in kept.items() if v is not None}
    cluster.api.put(SECRETS, SERVER, edited)
    await cluster.settle()
    mended = cluster.secret(SERVER, child["metadata"]["name"])
    assert mended is not None
    assert mended["metadata"]["labels"] == child["metadata"]["labels"]
    assert mended["metadata"]["annotations"] == child["metadata"]["annotations"]
    assert mended["data"] == child["data"]


async def test_one_namespace_out_of_reach_keeps_no_other() -> None:
    cluster = Cluster(TenantSecrets(frozenset({"team-a", "team-gone"})))
    cluster.write(quickstart())

    def forbid(call: Call) -> None:
        if call.namespace == "team-gone":
            raise Forbidden(403, "Forbidden", "secrets is forbidden")

    cluster.api.before = forbid
    await cluster.settle()
    assert cluster.ready(Kind.CREDENTIAL, "team-a/default")[0] == "True"


async def test_what_was_in_the_way_is_missed_once_it_is_gone(cluster: Cluster) -> None:
    foreign = {"metadata": {"name": "profile.pki.web"}, "data": {"a": "Yg=="}}
    cluster.api.put(SECRETS, SERVER, foreign)
    await cluster.settle()
    assert Kind.PROFILE in cluster.notes.failures
    # Nothing tells of what lacks our label.
    cluster.api.watchers.clear()
    cluster.api.remove(SECRETS, SERVER, "profile.pki.web")
    cluster.api.watchers[:] = [cluster.operator.seen]
    cluster.clock.elapsed += 300
    await cluster.settle()
    assert cluster.secret(SERVER, "profile.pki.web")
    assert cluster.ready(Kind.PROFILE, "web")[0] == "True"
