"""The program as a whole: how it starts, stands by, stops and ends."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from certwright_operator.api.kubernetes import KubernetesAPI
from certwright_operator.api.port import LEASES, NAMESPACES, SECRETS, Object
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.waiting import eventually
from tests.end_to_end.harness import ports

PROGRAM = str(Path(sys.executable).with_name("certwright-operator"))


@dataclass(frozen=True, slots=True)
class Replica:
    """A running operator and the port where it is asked."""

    process: Process
    port: int

    async def asked(self, path: str) -> str:
        url = f"http://127.0.0.1:{self.port}{path}"
        try:
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                return await answer.text()
        except aiohttp.ClientError as error:
            raise AssertionError(str(error)) from error

    async def leads(self) -> None:
        assert await self.asked("/readyz") == "ok\n"
        assert "certwright_operator_leading 1.0" in await self.asked("/metrics")

    async def stands_by(self) -> None:
        assert await self.asked("/readyz") == "ok\n"
        assert await self.asked("/livez") == "ok\n"
        assert "certwright_operator_leading 0.0" in await self.asked("/metrics")


Start = Callable[[], Awaitable[Replica]]


@pytest.fixture
async def server_namespace(api: KubernetesAPI, namespace: str) -> AsyncIterator[str]:
    name = f"{namespace}-acme"
    made = await api.create(NAMESPACES, None, {"metadata": {"name": name}})
    yield name
    await api.delete(NAMESPACES, None, name, uid=made["metadata"]["uid"])


@pytest.fixture
async def start(
    cluster: Cluster, namespace: str, server_namespace: str, definitions: list[Object]
) -> AsyncIterator[Start]:
    assert definitions
    started: list[Process] = []

    async def started_one() -> Replica:
        port = ports.free()
        process = await asyncio.create_subprocess_exec(
            *(PROGRAM, "run", "--server-url=https://acme.certwright.test"),
            *(f"--operator-namespace={namespace}", f"--server-namespace={server_namespace}"),
            f"--listen=127.0.0.1:{port}",
            env=os.environ | {"KUBECONFIG": str(cluster.kubeconfig)},
            stderr=PIPE,
        )
        started.append(process)
        return Replica(process, port)

    yield started_one
    for process in started:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def test_a_replica_stops_when_asked_to_and_the_next_one_leads(
    start: Start, api: KubernetesAPI, server_namespace: str
) -> None:
    first = await start()
    await eventually(first.leads)
    second = await start()
    await eventually(second.stands_by)
    assert await api.get(SECRETS, server_namespace, "nonce-keys")
    first.process.send_signal(signal.SIGTERM)
    _, log = await first.process.communicate()
    assert first.process.returncode == 0, log.decode()
    assert b"gave the Lease back" in log
    await eventually(second.leads)


async def test_a_replica_that_lost_the_lease_ends_with_one_sentence(
    start: Start, api: KubernetesAPI, namespace: str
) -> None:
    replica = await start()
    await eventually(replica.leads)
    usurped: Object = {"spec": {"holderIdentity": "usurper"}}
    await api.merge(LEASES, namespace, "certwright-operator", usurped)
    _, log = await replica.process.communicate()
    assert replica.process.returncode == 1, log.decode()
    assert log.decode().splitlines()[-1] == "certwright-operator: the Lease is usurper's now"


async def test_what_is_logged_holds_no_secret(
    start: Start, api: KubernetesAPI, server_namespace: str
) -> None:
    replica = await start()
    await eventually(replica.leads)
    keys = await api.get(SECRETS, server_namespace, "nonce-keys")
    replica.process.send_signal(signal.SIGTERM)
    _, log = await replica.process.communicate()
    assert b"new keys for nonces" in log
    assert keys["data"]["bundle.json"].encode() not in log
