"""A namespace with the server's ServiceAccount, which has what its Role grants and no more."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from acme_server.kubernetes_api.access import Access
from acme_server.stores.kubernetes.kinds import GROUP
from acme_server.stores.kubernetes.store import KubernetesStore
from tests.cluster.harness import client as clients
from tests.cluster.harness.client import Client
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.definitions import FOLDER
from tests.cluster.harness.resources import DEFINITIONS, Document

SERVER = "certwright-acme"

Opener = Callable[[], Awaitable[KubernetesStore]]

Login = Callable[[str], Awaitable[Access]]
"""Makes a ServiceAccount in the test's namespace that may do everything with the store's kinds."""


def documents() -> list[Document]:
    """Return the definitions of the store's kinds as they stand in `crds/acme/`."""
    folder = FOLDER / "acme"
    return [yaml.safe_load(path.read_text("utf-8")) for path in sorted(folder.glob("*.yaml"))]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kinds(cluster: Cluster) -> list[Document]:
    """Give the definitions of the store's kinds, which the API server serves from now on."""
    async with clients.opened(cluster.access) as client:
        applied = [await client.apply(each, force=True) for each in documents()]
        return [await established(client, each["metadata"]["name"]) for each in applied]


async def established(client: Client, name: str) -> Document:
    """Return the definition of that name once the API server serves its objects."""
    watch = client.watch(DEFINITIONS, fieldSelector=f"metadata.name={name}")
    async with aclosing(watch) as events:
        async for event in events:
            # A definition that was just made has conditions, but null.
            conditions = (event.object.get("status") or {}).get("conditions") or ()
            if {"Established": "True"} in ({each["type"]: each["status"]} for each in conditions):
                return event.object
    raise AssertionError(f"{name} was never established")


@pytest.fixture
def login(
    cluster: Cluster, client: Client, namespace: str, kinds: list[Document], tmp_path: Path
) -> Login:
    assert kinds

    async def made(name: str) -> Access:
        for document in _account(name, namespace):
            await client.create(document)
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        given = await client.request("POST", path, body=request)
        token = tmp_path / f"{name}.token"
        token.touch(mode=0o600)
        token.write_text(given["status"]["token"])
        admin = cluster.access
        return Access(admin.server, admin.authority, token, server_name=admin.server_name)

    return made


def _account(name: str, namespace: str) -> list[Document]:
    metadata = {"name": name, "namespace": namespace}
    rbac = "rbac.authorization.k8s.io"
    verbs = ["get", "list", "create", "update", "delete"]
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "Role",
            "metadata": metadata,
            "rules": [{"apiGroups": [GROUP], "resources": ["*"], "verbs": verbs}],
        },
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
        },
    ]


@pytest.fixture
async def access(login: Login) -> Access:
    """Give the server's own access."""
    return await login(SERVER)


@pytest.fixture
async def open_store(access: Access, namespace: str) -> AsyncIterator[Opener]:
    """Give a way to open the store anew; whatever is still open at the end is closed."""
    stores: list[KubernetesStore] = []

    async def opened() -> KubernetesStore:
        stores.append(KubernetesStore.open(access, namespace))
        return stores[-1]

    yield opened
    for store in stores:
        await store.close()
