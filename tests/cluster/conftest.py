"""The cluster, shared by all tests of a run, and what each test has of its own."""

import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from tests.cluster.harness import client as clients
from tests.cluster.harness import cluster as clusters
from tests.cluster.harness import definitions as crds
from tests.cluster.harness import programs
from tests.cluster.harness.client import Client
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.control_plane import ControlPlane
from tests.cluster.harness.installation import Installation, installed
from tests.cluster.harness.kubeconfig import KubeconfigUnusable
from tests.cluster.harness.manifests import OPERATOR, SERVER
from tests.cluster.harness.processes import NotReady
from tests.cluster.harness.programs import ProgramsMissing
from tests.cluster.harness.resources import NAMESPACES, Document


@pytest.fixture(scope="session")
def tell(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Give a way to tell the terminal what takes long, though pytest holds back other output."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    reporter = pytestconfig.pluginmanager.getplugin("terminalreporter")
    assert capture is not None

    def told(line: str) -> None:
        if reporter is None:  # One of several processes: only their master has a terminal.
            return
        with capture.global_and_fixture_disabled():
            reporter.ensure_newline()
            reporter.write_line(line)
            reporter.flush()

    return told


@pytest.fixture(scope="session")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, tell: Callable[[str], None]
) -> Iterator[Cluster]:
    """Give the cluster of this run; without one the run fails at once and says what is missing.

    It also fails, in the end, when operator or server were denied something: their roles are those
    of `manifests/`.
    """
    folder = tmp_path_factory.mktemp("cluster")
    with ExitStack() as stack:
        try:
            running = stack.enter_context(clusters.running(folder, os.environ, tell))
        except (ProgramsMissing, KubeconfigUnusable, NotReady) as error:
            pytest.exit(str(error), returncode=1)
        yield running
        if running.audit is not None:
            assert running.audit.denials(OPERATOR, SERVER) == []


@pytest.fixture
def control_plane(tmp_path: Path) -> Iterator[ControlPlane]:
    """Give etcd and an API server that this test alone may stop, and that hold nothing else."""
    folder = tmp_path / "control-plane"
    folder.mkdir()
    own = ControlPlane.prepared(folder, programs.prepared(lambda _line: None))
    try:
        own.start_etcd()
        own.start_api_server()
        yield own
    finally:
        own.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def definitions(cluster: Cluster) -> list[Document]:
    """Give the definitions of the four kinds, which the API server serves from now on."""
    async with clients.opened(cluster.access) as client:
        return await crds.establish(client)


@pytest.fixture
async def client(cluster: Cluster) -> AsyncIterator[Client]:
    """Give a client that comes as the administrator."""
    async with clients.opened(cluster.access) as opened:
        yield opened


@pytest.fixture
async def namespace(client: Client) -> AsyncIterator[str]:
    """Give a namespace of the test's own, which is deleted after it with all that is in it."""
    metadata = {"generateName": "certwright-test-"}
    made = await client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    name: str = made["metadata"]["name"]
    yield name
    await client.delete(NAMESPACES, name)


@pytest.fixture
async def installation(
    cluster: Cluster, client: Client, definitions: list[Document], tmp_path: Path
) -> AsyncIterator[Installation]:
    """Give Certwright's namespaces and roles; nothing runs, and tenants may be anywhere."""
    assert definitions
    async with installed(cluster, client, tmp_path, f"-{secrets.token_hex(4)}") as made:
        yield made
