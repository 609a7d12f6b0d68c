"""An API server that goes and comes back: nothing is guessed meanwhile, nothing lost after."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from acme_server.domain.documents.certificates import IssuerChain
from acme_server.domain.documents.document import Kind
from acme_server.domain.problems import ACMEError
from acme_server.kubernetes_api.access import Access
from acme_server.ports import Selection, StoreUnavailable
from acme_server.services.documents import Documents
from acme_server.stores.kubernetes.store import KubernetesStore
from acme_server.system import SystemRandomness
from tests.cluster.harness import client as clients
from tests.cluster.harness.control_plane import ControlPlane
from tests.cluster.store.conftest import documents, established
from tests.service.stores.contract import ids, order


@pytest.fixture
async def store(control_plane: ControlPlane, tmp_path: Path) -> AsyncIterator[KubernetesStore]:
    admin = control_plane.place.access
    async with clients.opened(admin) as client:
        for document in documents():
            await client.apply(document)
            await established(client, document["metadata"]["name"])
    token = tmp_path / "token"
    token.write_text(admin.token or "")
    access = Access(admin.server, admin.authority, token)
    store = KubernetesStore.open(access, "default")
    yield store
    await store.close()


async def test_nothing_is_lost_or_guessed_while_the_api_server_is_away(
    store: KubernetesStore, control_plane: ControlPlane
) -> None:
    written = Documents(store, SystemRandomness())
    before = await written.create(IssuerChain(id="c1", certificates="before"))
    control_plane.api_server.kill()
    with pytest.raises(StoreUnavailable):
        await store.get(Kind.ISSUER_CHAIN, "c1")
    with pytest.raises(ACMEError) as refusal:
        await written.create(IssuerChain(id="c2", certificates="during"))
    assert refusal.value.problem.status == 503
    control_plane.start_api_server()
    assert await written.get(IssuerChain, "c1") == before
    assert await written.get(IssuerChain, "c2") is None
    after = await written.replace(before, before.document.but(certificates="after"))
    assert await written.get(IssuerChain, "c1") == after


async def test_nothing_is_lost_or_guessed_while_etcd_is_away(
    store: KubernetesStore, control_plane: ControlPlane
) -> None:
    version = await store.create(order())
    control_plane.etcd.kill()
    with pytest.raises(StoreUnavailable):
        await store.replace(order(), version)
    control_plane.start_etcd()
    control_plane.api_server.kill()
    control_plane.start_api_server()
    assert await ids(store, Selection(Kind.ORDER)) == ["o1"]
