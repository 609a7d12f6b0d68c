"""The Kubernetes store keeps the contract of every store, on a real API server."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from acme_server.domain.documents.document import Kind
from acme_server.kubernetes_api.access import Access
from tests.service.stores.contract import DurableStoreContract, Opener

_REPOSITORY = Path(__file__).parents[3]


class TestKubernetesStore(DurableStoreContract):
    @pytest.fixture
    def endless_writer(self, access: Access, namespace: str) -> list[str]:
        where = (access.server, access.authority, access.token, access.server_name)
        return [namespace, *(str(each or "") for each in where)]

    async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(
        self, open_store: Opener, endless_writer: list[str]
    ) -> None:
        """As the contract has it, with a program that writes to this store."""
        writer = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.cluster.store.endless_writer", *endless_writer),
            stdout=asyncio.subprocess.PIPE,
            cwd=_REPOSITORY,
        )
        assert writer.stdout is not None
        acknowledged = [(await writer.stdout.readline()).decode().split() for _ in range(300)]
        writer.kill()
        rest = (await writer.stdout.read()).decode().splitlines(keepends=True)
        assert await writer.wait() == -signal.SIGKILL
        acknowledged += [line.split() for line in rest if line.endswith("\n")]

        store = await open_store()
        for id_, version in acknowledged:
            stored = await store.get(Kind.ORDER, id_)
            assert stored is not None
            assert stored.version == version
        await store.close()
