"""An API server that goes away for a while: nothing acknowledged is lost, reading goes on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cluster.harness.control_plane import ControlPlane
from tests.cluster.harness.waiting import eventually
from tests.cluster.replicas.conftest import standard
from tests.cluster.replicas.harness import site as sites
from tests.cluster.replicas.harness.site import Site
from tests.end_to_end.harness import webroot
from tests.end_to_end.harness.session import IssuedChain, Session, opened, persisting

NAMESPACE = "certwright-acme"
LOOK_EVERY = 2


@pytest.fixture
async def own_site(
    control_plane: ControlPlane, tmp_path: Path, name_server_port: int
) -> AsyncIterator[Site]:
    """Give two servers over that control plane."""
    access = control_plane.place.access
    async with sites.alone(access, NAMESPACE, tmp_path, name_server_port) as site:
        await site.hand_over(standard())
        await asyncio.gather(site.start(), site.start())
        yield site


@pytest.mark.parametrize("seconds", [6, pytest.param(70, marks=pytest.mark.soak)])
async def test_an_outage_of_the_api_server_loses_nothing_and_issuance_goes_on_after_it(
    own_site: Site, control_plane: ControlPlane, seconds: int
) -> None:
    with webroot.serving(own_site.webroot, own_site.solvers.http_01):
        async with opened(own_site.directory()) as session:
            (await session.register(own_site.binding())).accepted()
            before = await session.issue(own_site.webroot, "before.team-a.example.test")
            begun = (await session.order("begun.team-a.example.test")).accepted()

            control_plane.api_server.kill()
            for _ in range(seconds // LOOK_EVERY):
                await asyncio.sleep(LOOK_EVERY)
                await only_directories_are_answered(own_site, session)
            control_plane.start_api_server()

            await persisting(lambda: session.prove(begun, own_site.webroot))
            chain = await persisting(lambda: session.finalize(begun))
            await persisting(lambda: everything_is_there(session, [before, chain]))
            name = "after.team-a.example.test"
            await persisting(lambda: session.issue(own_site.webroot, name))
            await eventually(own_site.all_are_ready)


async def only_directories_are_answered(site: Site, session: Session) -> None:
    """Ask for what needs no state, of every server, and for what does: that is 503, for now."""
    async with site.asking() as ask:
        for replica in site.replicas:
            status, _ = await ask(site.directory().url.replace(site.balancer.url, replica.url))
            assert status == 200
    refused = await session.order("during.team-a.example.test")
    assert (refused.status, refused.problem) == (503, "serverInternal")
    assert int(refused.headers["Retry-After"]) > 0


async def everything_is_there(session: Session, chains: list[IssuedChain]) -> None:
    """Ask for what the client was told."""
    assert (await session.known()).accepted().location == session.account
    for chain in chains:
        assert await session.download(chain) == chain.pem
