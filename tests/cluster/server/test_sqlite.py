"""A server that keeps its state in an SQLite file, on a real API server."""

from acme_server.domain.documents.document import Kind
from tests.cluster.harness.resources import LEASES
from tests.cluster.replicas.conftest import standard
from tests.cluster.replicas.harness.site import Site
from tests.end_to_end.harness import chains, webroot
from tests.end_to_end.harness.session import opened

NAME = "www.team-a.example.test"


async def test_certificates_are_issued_and_nothing_of_it_is_at_the_api_server(
    empty_site: Site,
) -> None:
    site = empty_site
    site.settings["store"] = {"kind": "sqlite", "file": str(site.folder / "certwright.db")}
    await site.hand_over(standard())
    first = await site.start()
    with webroot.serving(site.webroot, site.solvers.http_01):
        async with opened(site.directory()) as client:
            (await client.register(site.binding())).accepted()
            issued = await client.issue(site.webroot, NAME)
            site.kill(first)
            site.balancer.drop(first.url)
            second = await site.start()
            assert await client.download(issued) == issued.pem
            (await client.revoke(issued)).accepted()
            again = await client.issue(site.webroot, NAME)
    chain = site.folder / "chain.pem"
    chain.write_text(again.pem)
    chains.verify(chain, site.roots(), NAME)
    for kind in Kind:
        assert await site.stored(kind) == []
    assert await site.client.objects(LEASES, site.namespace) == []
    await site.retire(second)
