from pathlib import Path

import pytest

from acme_server.kubernetes_api.access import Access
from tests.cluster.harness import accounts, manifests
from tests.cluster.harness.client import Client
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.resources import Document
from tests.cluster.replicas.conftest import empty_site, name_server_port
from tests.cluster.replicas.harness.site import give_account
from tests.cluster.server.site import Site
from tests.cluster.store.conftest import kinds

__all__ = ["empty_site", "kinds", "name_server_port"]


@pytest.fixture
async def site(
    cluster: Cluster,
    client: Client,
    namespace: str,
    kinds: list[Document],
    tmp_path: Path,
) -> Site:
    """Give a namespace in which the server has its own account, with no bundle yet."""
    assert kinds
    await give_account(client, namespace)
    token = tmp_path / "token"
    token.write_text(await accounts.token_of(client, namespace, manifests.SERVER))
    admin = cluster.access
    access = Access(admin.server, admin.authority, token, server_name=admin.server_name)
    return Site(client, namespace, access, tmp_path)
