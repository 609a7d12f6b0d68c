"""A person who types what the pages say, with Certwright's operator and others' definitions."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.cluster.examples.modules import ARGO_CD, CERT_MANAGERS, FLUX, GATEWAY
from tests.cluster.examples.person import Person
from tests.cluster.harness.client import Client
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.definitions import condition
from tests.cluster.harness.installation import Installation
from tests.cluster.harness.operators import Operator
from tests.cluster.harness.resources import DEFINITIONS
from tests.cluster.harness.waiting import eventually
from tests.cluster.operator.scene import Scene


@pytest.fixture
async def others(client: Client) -> None:
    """Have the API server serve the kinds of cert-manager, the Gateway API, Argo CD and Flux."""
    for module in (CERT_MANAGERS, GATEWAY, ARGO_CD, *FLUX):
        for document in module.documents():
            await client.apply(document, force=True)
    for name in [each["metadata"]["name"] for each in await client.objects(DEFINITIONS)]:
        await eventually(partial(_established, client, name))


async def _established(client: Client, name: str) -> None:
    definition = await client.get(DEFINITIONS, name)
    assert condition(definition, "Established") == "True", name


@pytest.fixture
def person(cluster: Cluster, others: None, tmp_path: Path) -> Iterator[Person]:
    """Give a person in a checkout; what they applied is deleted after the test."""
    assert others is None
    typing = Person.in_checkout(cluster, tmp_path)
    yield typing
    typing.clean_up()


@pytest.fixture
async def scene(installation: Installation) -> AsyncIterator[Scene]:
    """Give an operator that runs, and a look at the namespaces that the examples name."""
    operator = await installation.operator()
    operator.start()
    yield Scene(installation, "pki", "team-a")
    _show_last_words(operator)


def _show_last_words(operator: Operator) -> None:
    assert operator.runs, operator.log.read_text(errors="replace")[-4000:]
