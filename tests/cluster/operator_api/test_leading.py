"""One replica leads at a time, over processes that end in every way."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from certwright_operator.api.kubernetes import KubernetesAPI
from certwright_operator.api.port import LEASES
from tests.cluster.harness.cluster import Cluster

_REPOSITORY = Path(__file__).parents[3]

Stand = Callable[[str], Awaitable[Process]]


@pytest.fixture
async def stand(cluster: Cluster, namespace: str) -> AsyncIterator[Stand]:
    """Give a way to start a replica, which stands for the Lease when it is given."""
    started: list[Process] = []

    async def start(me: str) -> Process:
        program = (sys.executable, "-m", "tests.cluster.operator_api.candidate")
        arguments = (str(cluster.kubeconfig), namespace, me)
        process = await asyncio.create_subprocess_exec(
            *program, *arguments, stdout=PIPE, stderr=PIPE, cwd=_REPOSITORY
        )
        started.append(process)
        assert await said(process) == "standing"
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def said(process: Process, within: float = 30) -> str:
    """Return the next line of a replica."""
    assert process.stdout is not None
    async with asyncio.timeout(within):
        return (await process.stdout.readline()).decode().strip()


async def holder(api: KubernetesAPI, namespace: str) -> str:
    lease = await api.get(LEASES, namespace, "certwright-operator")
    found: str = lease["spec"]["holderIdentity"]
    return found


async def test_a_killed_replica_is_succeeded_within_twenty_seconds(
    stand: Stand, api: KubernetesAPI, namespace: str
) -> None:
    first = await stand("first")
    assert await said(first) == "leading"
    second = await stand("second")
    first.kill()
    assert await said(second, within=20) == "leading"
    assert await holder(api, namespace) == "second"


async def test_a_replica_that_goes_is_succeeded_within_five_seconds(
    stand: Stand, api: KubernetesAPI, namespace: str
) -> None:
    first = await stand("first")
    assert await said(first) == "leading"
    second = await stand("second")
    first.send_signal(signal.SIGTERM)
    assert await said(second, within=5) == "leading"
    assert await first.wait() == 0
    assert await holder(api, namespace) == "second"


async def test_a_replica_that_stood_still_too_long_ends(
    stand: Stand, api: KubernetesAPI, namespace: str
) -> None:
    first = await stand("first")
    assert await said(first) == "leading"
    second = await stand("second")
    first.send_signal(signal.SIGSTOP)
    assert await said(second, within=20) == "leading"
    first.send_signal(signal.SIGCONT)
    _, errors = await first.communicate()
    assert first.returncode == 1
    assert b"LeaseLost" in errors
    assert await holder(api, namespace) == "second"
