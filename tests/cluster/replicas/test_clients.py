"""Clients whose every request may meet another server than the one before."""

import asyncio
from pathlib import Path

from acme_server.domain.documents.document import Kind
from tests.cluster.replicas.harness.site import Site
from tests.end_to_end.harness import chains, webroot
from tests.end_to_end.harness.clients.certbot import Certbot
from tests.end_to_end.harness.clients.dehydrated import Dehydrated
from tests.end_to_end.harness.clients.lego import Lego
from tests.end_to_end.harness.session import opened

NAMES = ("one.team-a.example.test", "other.team-a.example.test")


def all_took_part_and_no_nonce_was_rejected(site: Site) -> None:
    """Look at what the balancer saw, and at what each server says of itself."""
    assert set(site.balancer.served) == {each.url for each in site.replicas}
    assert site.balancer.problems["badNonce"] == 0
    for replica in site.replicas:
        assert replica.metric("certwright_nonces_total", result="rejected") == 0
        assert replica.metric("certwright_problems_total", type="badNonce") == 0
        assert replica.metric("certwright_nonces_total", result="redeemed") > 0


async def test_certbot_gets_renews_and_revokes_a_certificate(site: Site, tmp_path: Path) -> None:
    certbot = Certbot(tmp_path / "certbot", site.directory(), site.solvers, site.binding())
    (await asyncio.to_thread(certbot.http_01, *NAMES)).succeeded()
    (await asyncio.to_thread(certbot.renew)).succeeded()
    for name in NAMES:
        chains.verify(certbot.full_chain, site.roots(), name)
    (await asyncio.to_thread(certbot.revoke)).succeeded()
    all_took_part_and_no_nonce_was_rejected(site)
    assert len(await site.stored(Kind.CERTIFICATE)) == 2


async def test_lego_gets_renews_and_revokes_a_certificate(site: Site, tmp_path: Path) -> None:
    lego = Lego(tmp_path / "lego", site.directory(), site.solvers, site.binding())
    (await asyncio.to_thread(lego.tls_alpn_01, *NAMES)).succeeded()
    (await asyncio.to_thread(lego.renew, *NAMES)).succeeded()
    for name in NAMES:
        chains.verify(lego.full_chain(NAMES[0]), site.roots(), name)
    (await asyncio.to_thread(lego.revoke, *NAMES)).succeeded()
    all_took_part_and_no_nonce_was_rejected(site)
    assert len(await site.stored(Kind.CERTIFICATE)) == 2


async def test_dehydrated_which_never_asks_twice_gets_certificates(
    site: Site, tmp_path: Path
) -> None:
    dehydrated = Dehydrated(tmp_path / "dehydrated", site.directory(), site.webroot, site.binding())
    with webroot.serving(site.webroot, site.solvers.http_01):
        for name in NAMES:
            (await asyncio.to_thread(dehydrated.issue, name)).succeeded()
            chains.verify(dehydrated.full_chain(name), site.roots(), name)
    all_took_part_and_no_nonce_was_rejected(site)


async def test_a_nonce_is_good_once_whichever_server_gave_it_and_whichever_is_shown_it(
    site: Site,
) -> None:
    async with opened(site.directory()) as session:
        (await session.register(site.binding())).accepted()
        for given in site.replicas:
            for shown in site.replicas:
                nonce = await session.nonce_from(given.url)
                first = await session.post_to(shown.url, session.directory["newOrder"], nonce)
                assert first.problem == "malformed", "an empty order came as far as its content"
                again = [
                    await session.post_to(each.url, session.directory["newOrder"], nonce)
                    for each in site.replicas
                ]
                assert [each.problem for each in again] == ["badNonce"] * len(site.replicas)
