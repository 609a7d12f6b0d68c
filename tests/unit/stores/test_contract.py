from collections.abc import AsyncIterator

import pytest

from acme_server.kubernetes_api.access import Access
from acme_server.stores.kubernetes.store import KubernetesStore
from tests.service.stores.contract import StoreContract


class TestKubernetesStore(StoreContract):
    @pytest.fixture
    async def store(self, access: Access) -> AsyncIterator[KubernetesStore]:
        store = KubernetesStore.open(access, "certwright-acme")
        yield store
        await store.close()
