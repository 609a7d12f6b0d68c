from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.secrets_api import SecretsAPI
from tests.service.cluster.servers import Site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Give the bundles of a profile and a credential; no server yet."""
    api = SecretsAPI()
    async with api.serving() as access:
        yield Site(tmp_path, api, access)
