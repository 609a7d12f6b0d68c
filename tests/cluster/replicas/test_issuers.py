"""Everything applied at once, as Git tools do: no Issuer is parked, whatever comes first."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cluster.harness.installation import Installation
from tests.cluster.harness.resources import Document
from tests.cluster.operator import documents
from tests.cluster.replicas.harness import site as sites
from tests.cluster.replicas.harness.issuer import Issuer
from tests.cluster.replicas.harness.site import Site
from tests.end_to_end.harness import webroot
from tests.end_to_end.harness.session import opened, persisting

ROUNDS = 50
AT_ONCE = 5


@pytest.fixture
async def served(
    installation: Installation, tmp_path: Path, name_server_port: int
) -> AsyncIterator[Site]:
    """Give two servers whose bundles an operator writes."""
    operator = await installation.operator()
    operator.start()
    cluster, namespace = installation.cluster, installation.names.server_namespace
    async with sites.running(cluster.access, namespace, tmp_path, name_server_port) as site:
        await asyncio.gather(site.start(), site.start())
        yield site


async def test_profile_credential_and_issuer_applied_together_never_fail_for_good(
    installation: Installation, served: Site
) -> None:
    pki = await installation.namespace("pki")
    team = await installation.namespace("team", {"team": "true"})
    for document in platform(pki):
        await installation.client.apply(document)
    rounds = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> str:
        async with rounds:
            return await together(installation, served, pki, team, number)

    accounts = await asyncio.gather(*map(one, range(ROUNDS)))
    assert len(set(accounts)) == ROUNDS


async def test_what_the_operator_hands_over_is_served_by_all_servers(
    installation: Installation, served: Site
) -> None:
    pki = await installation.namespace("pki")
    team = await installation.namespace("team", {"team": "true"})
    for document in (*platform(pki), *tenants(pki, team, 0)):
        await installation.client.apply(document)
    issuer = issuer_of(installation, served, pki, team, 0)
    await issuer.becomes_ready()
    with webroot.serving(served.webroot, served.solvers.http_01):
        async with opened(served.directory(f"{pki}/p0")) as session:
            binding = await issuer.binding()
            (await persisting(lambda: session.register(binding))).accepted()
            await session.issue(served.webroot, f"www.{team}.example.test")
    assert set(served.balancer.served) == {each.url for each in served.replicas}


async def together(installation: Installation, site: Site, pki: str, team: str, number: int) -> str:
    """Apply a profile and its credential in either order while an Issuer is at it."""
    issuer = issuer_of(installation, site, pki, team, number)
    written = tenants(pki, team, number)
    random.shuffle(written)
    async with asyncio.TaskGroup() as group:
        group.create_task(issuer.looks_at_directory())
        ready = group.create_task(issuer.becomes_ready())
        for document in written:
            group.create_task(installation.client.apply(document))
    return ready.result()


def issuer_of(installation: Installation, site: Site, pki: str, team: str, number: int) -> Issuer:
    directory = site.directory(f"{pki}/p{number}").url
    return Issuer(installation.client, directory, site.identity.trusting(), team, f"c{number}")


def platform(pki: str) -> list[Document]:
    """Return what the platform team has written before."""
    return [
        documents.authority(pki, "root"),
        documents.intermediate(pki, "issuing", "root"),
        documents.template(pki, "web"),
    ]


def tenants(pki: str, team: str, number: int) -> list[Document]:
    """Return a profile, and a tenant's credential for it."""
    grants = [documents.grant("teams", "**.${namespace}.example.test", team="true")]
    profile = documents.profile(pki, f"p{number}", issuer="issuing", template="web", grants=grants)
    return [profile, documents.credential(team, f"c{number}", profile=f"{pki}/p{number}")]
