from collections.abc import AsyncIterator

import pytest

from tests.service.nonces.replicas import Replicas


@pytest.fixture
async def replicas() -> AsyncIterator[Replicas]:
    made = Replicas()
    yield made
    await made.close()
