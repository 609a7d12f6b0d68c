"""The way to a real API server keeps the contract that the fake keeps."""

import asyncio

import pytest

from certwright_operator.api import access
from certwright_operator.api.access import KUBECONFIG
from certwright_operator.api.kubernetes import KubernetesAPI
from certwright_operator.api.port import API, CONFIG_MAPS, NotFound, Unavailable
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.resources import Document
from tests.cluster.operator_api.conftest import Requests
from tests.unit.operator.api.contract import APIContract, config_map


@pytest.mark.usefixtures("definitions")
class TestKubernetesAPI(APIContract):
    """On the API server of this run."""


async def test_an_object_of_no_namespace_is_not_created(api: API) -> None:
    with pytest.raises(NotFound, match="namespaces"):
        await api.create(CONFIG_MAPS, "no-such-namespace", config_map())


async def test_every_request_is_counted(api: API, namespace: str, requests: Requests) -> None:
    await api.create(CONFIG_MAPS, namespace, config_map())
    with pytest.raises(NotFound):
        await api.get(CONFIG_MAPS, namespace, "two")
    assert requests == [("create", "configmaps", 201), ("get", "configmaps", 404)]


async def test_what_the_operator_writes_bears_its_name(api: API, namespace: str) -> None:
    created = await api.create(CONFIG_MAPS, namespace, config_map())
    managers = {each["manager"] for each in created["metadata"]["managedFields"]}
    assert managers == {"certwright-operator"}


async def test_many_requests_share_few_connections(
    api: API, namespace: str, definitions: list[Document]
) -> None:
    assert definitions
    names = [f"map-{number}" for number in range(200)]
    await asyncio.gather(*(api.create(CONFIG_MAPS, namespace, config_map(each)) for each in names))
    listed = [each async for each in api.pages(CONFIG_MAPS, namespace, "certwright.dev/trust")]
    assert len(listed) == len(names)


async def test_an_api_server_that_is_not_there_is_unavailable(cluster: Cluster) -> None:
    found = await access.configuration({KUBECONFIG: str(cluster.kubeconfig)})
    found.host = "https://127.0.0.1:1"
    gone = KubernetesAPI.open(found)
    with pytest.raises(Unavailable, match="can't be reached"):
        await gone.get(CONFIG_MAPS, "default", "one")
    await gone.close()
