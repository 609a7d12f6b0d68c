"""Servers that are replaced one after the other, while clients go on."""

import asyncio
from contextlib import AsyncExitStack

from acme_server.domain.documents.document import Kind
from tests.cluster.replicas.harness.site import Site
from tests.end_to_end.harness import load, webroot
from tests.end_to_end.harness.load import Client

CLIENTS = 4
MOST = 150
"""Certificates of one client, after which it only waits."""

PAUSE = 0.1
"""Between two certificates of a client: two cores are the servers' too."""


async def test_no_client_fails_and_no_nonce_is_rejected_while_all_servers_are_replaced(
    site: Site,
) -> None:
    replaced = asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.enter_context(webroot.serving(site.webroot, site.solvers.http_01))
        working = await load.clients(stack, site.directory(), CLIENTS)

        async def replace() -> None:
            for old in tuple(site.replicas):
                await site.start()
                await site.retire(old)
            replaced.set()

        async with asyncio.TaskGroup() as group:
            for client in working:
                group.create_task(until(replaced, client, site))
            group.create_task(replace())

        issued = [chain for client in working for chain in client.chains]
        assert len(issued) >= 60
        assert len(set(site.balancer.served)) == 4
        assert not site.balancer.problems
        assert {each.status // 100 for each in site.balancer.exchanges} == {2}
        assert sum(client.session.rejected_nonces for client in working) == 0
        stored = {each["metadata"]["name"] for each in await site.stored(Kind.CERTIFICATE)}
        assert stored == {chain.serial for chain in issued}


async def until(replaced: asyncio.Event, client: Client, site: Site) -> None:
    """Let a client work until all servers are others; it fails at the first refusal."""
    async for _ in client.work(site.webroot, site.binding()):
        if replaced.is_set():
            return
        if len(client.chains) == MOST:
            await replaced.wait()
        await asyncio.sleep(PAUSE)
