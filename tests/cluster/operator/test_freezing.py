"""When everything is gone at once nobody meant it: the operator keeps what it made, and says so.

These tests delete definitions, so they have a control plane of their own.
"""

import secrets
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.cluster.harness import audit, definitions, programs
from tests.cluster.harness import client as clients
from tests.cluster.harness.client import Client
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.control_plane import ControlPlane
from tests.cluster.harness.installation import Installation, installed
from tests.cluster.harness.manifests import OPERATOR, SERVER
from tests.cluster.harness.operators import Operator
from tests.cluster.harness.resources import CONFIG_MAPS, DEFINITIONS, SECRETS, Document
from tests.cluster.harness.waiting import eventually
from tests.cluster.operator import documents
from tests.cluster.operator.scene import Scene
from tests.cluster.operator.test_upkeep import looked_at_all

_PROFILES = 12


@pytest.fixture(scope="module")
def own_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give a cluster in which this module alone is at work."""
    folder = tmp_path_factory.mktemp("freezing")
    built = programs.prepared(lambda _line: None)
    control_plane = ControlPlane.prepared(folder, built, audit.flags(folder))
    try:
        control_plane.start()
        place = control_plane.place
        yield Cluster(place.access, place.kubeconfig, built.kubectl, audit.log(folder))
        assert audit.log(folder).denials(OPERATOR, SERVER) == []
    finally:
        control_plane.stop()


@pytest.fixture
async def client(own_cluster: Cluster) -> AsyncIterator[Client]:
    async with clients.opened(own_cluster.access) as opened:
        await definitions.establish(opened)
        yield opened


@pytest.fixture
async def installation(
    own_cluster: Cluster, client: Client, tmp_path: Path
) -> AsyncIterator[Installation]:
    async with installed(own_cluster, client, tmp_path, f"-{secrets.token_hex(4)}") as made:
        yield made


@pytest.fixture
async def operator(installation: Installation) -> Operator:
    started = await installation.operator(resync="10s")
    started.start()
    return started


async def children(scene: Scene) -> set[str]:
    """Return the names of all children."""
    server = scene.installation.names.server_namespace
    await scene.served()
    found = [
        *await scene.keys(),
        *await scene.client.objects(SECRETS, server),
        *await scene.client.objects(CONFIG_MAPS, server),
    ]
    return {each["metadata"]["name"] for each in found}


async def is_frozen(operator: Operator) -> None:
    assert "certwright_operator_frozen 1" in operator.metrics()


async def is_thawed(operator: Operator) -> None:
    assert "certwright_operator_frozen 0" in operator.metrics()


def many(scene: Scene) -> list[Document]:
    """Return a root, a template, and profiles enough that they don't vanish by chance."""
    return [
        documents.authority(scene.pki, "root"),
        documents.template(scene.pki, "web"),
        *(
            documents.profile(scene.pki, f"web-{number}", issuer="root", template="web")
            for number in range(_PROFILES)
        ),
    ]


async def test_nothing_is_swept_when_the_definitions_are_deleted(
    scene: Scene, operator: Operator
) -> None:
    written = many(scene)
    await scene.apply(*written)
    await scene.all_ready(*written)
    before = await children(scene)
    for document in definitions.documents():
        await scene.client.delete(DEFINITIONS, document["metadata"]["name"])
    await eventually(partial(is_frozen, operator))
    assert await children(scene) == before

    await operator.stop()
    operator.start()
    await eventually(partial(is_frozen, operator))
    assert await children(scene) == before

    await eventually(partial(definitions.establish, scene.client))
    await scene.apply(*written)
    await scene.all_ready(*written)
    await eventually(partial(is_thawed, operator))


async def test_nothing_is_swept_when_all_profiles_vanish_at_once_while_it_is_down(
    scene: Scene, operator: Operator
) -> None:
    written = many(scene)
    await scene.apply(*written)
    await scene.all_ready(*written)
    before = await children(scene)
    await operator.stop()
    for document in written[2:]:
        await scene.delete(document)
    operator.start()
    await eventually(partial(is_frozen, operator))
    assert await children(scene) == before


async def test_what_is_deleted_one_by_one_is_swept(scene: Scene, operator: Operator) -> None:
    written = many(scene)
    await scene.apply(*written)
    await scene.all_ready(*written)
    server = scene.installation.names.server_namespace
    for document in written[3:]:
        await scene.delete(document)
        bundle = f"profile.{scene.pki}.{document['metadata']['name']}"
        await scene.is_gone(SECRETS, bundle, server)
    await looked_at_all(scene, 2)
    assert (await scene.bundles("profile")).keys() == {f"profile.{scene.pki}.web-0"}
    assert operator.runs
