"""A store that holds as many certificates as it may: what that stops, and what it doesn't."""

from functools import partial

from tests.cluster.harness.waiting import eventually
from tests.cluster.replicas.conftest import standard
from tests.cluster.replicas.harness.site import Site
from tests.end_to_end.harness import webroot
from tests.end_to_end.harness.session import Session, opened

MOST = 2


async def test_a_full_store_takes_no_orders_says_so_and_finalizes_what_was_begun(
    empty_site: Site,
) -> None:
    site = empty_site
    await site.hand_over(standard())
    first = await site.start()
    with webroot.serving(site.webroot, site.solvers.http_01):
        async with opened(site.directory()) as session:
            (await session.register(site.binding())).accepted()
            issued = [
                await session.issue(site.webroot, f"n{number}.team-a.example.test")
                for number in range(MOST)
            ]
            begun = (await session.order("begun.team-a.example.test")).accepted()

            # A server counts at its start, and then now and again.
            await site.start(store={"maxCertificates": MOST})
            site.balancer.drop(first.url)
            await eventually(partial(is_full, session))
            for chain in issued:
                assert await session.download(chain) == chain.pem
            (await session.revoke(issued[0])).accepted()
            await session.prove(begun, site.webroot)
            await session.finalize(begun)


async def is_full(session: Session) -> None:
    answer = await session.order("more.team-a.example.test")
    assert (answer.status, answer.problem) == (503, "serverInternal")
    assert f"full: {MOST} certificates of at most {MOST}" in answer.detail
    assert int(answer.headers["Retry-After"]) > 0
