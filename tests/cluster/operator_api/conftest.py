"""The operator's own way to the cluster, as its administrator."""

from collections.abc import AsyncIterator

import pytest

from certwright_operator.api import access
from certwright_operator.api.access import KUBECONFIG
from certwright_operator.api.kubernetes import KubernetesAPI
from tests.cluster.harness.cluster import Cluster

Requests = list[tuple[str, str, int]]
"""Verb, plural and status of every request of a test."""


@pytest.fixture
def requests() -> Requests:
    return []


@pytest.fixture
async def api(cluster: Cluster, requests: Requests) -> AsyncIterator[KubernetesAPI]:
    found = await access.configuration({KUBECONFIG: str(cluster.kubeconfig)})
    opened = KubernetesAPI.open(found, lambda *request: requests.append(request))
    yield opened
    await opened.close()
