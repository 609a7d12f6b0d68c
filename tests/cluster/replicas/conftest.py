"""Sites on the run's cluster, and the name server that their servers ask."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.cluster.harness.client import Client
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.resources import Document
from tests.cluster.replicas.harness import site as sites
from tests.cluster.replicas.harness.site import Site
from tests.end_to_end.harness import documents, name_server


@pytest.fixture(scope="session")
def name_server_port() -> Iterator[int]:
    """Serve `example.test`, whose names all have the address 127.0.0.1."""
    with name_server.serving() as port:
        yield port


@pytest.fixture
async def empty_site(
    cluster: Cluster,
    client: Client,
    definitions: list[Document],
    namespace: str,
    tmp_path: Path,
    name_server_port: int,
) -> AsyncIterator[Site]:
    """Give a site in a namespace of the test's own, without bundles and servers."""
    assert definitions
    await sites.give_account(client, namespace)
    async with sites.running(cluster.access, namespace, tmp_path, name_server_port) as running:
        yield running


@pytest.fixture
async def site(empty_site: Site) -> Site:
    """Give a site with the standard documents' bundles and two servers."""
    await empty_site.hand_over(standard())
    await asyncio.gather(empty_site.start(), empty_site.start())
    return empty_site


def standard() -> list[Document]:
    """Return the documents that most tests serve, as a new copy."""
    files = documents.standard()
    copy: list[Document] = json.loads(
        json.dumps([each for file in files.values() for each in file])
    )
    return copy
