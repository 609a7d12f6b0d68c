from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer

from acme_server.kubernetes_api.access import Access
from tests.unit.stores.fake_api import FakeAPI


@pytest.fixture
async def api() -> FakeAPI:
    return FakeAPI()


@pytest.fixture
async def server(api: FakeAPI) -> AsyncIterator[TestServer]:
    server = await api.start()
    yield server
    api.end()
    await server.close()


@pytest.fixture
def access(server: TestServer) -> Access:
    return Access(str(server.make_url("")))
