import pytest

from acme_server.stores.memory import MemoryStore
from tests.service.stores.contract import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
