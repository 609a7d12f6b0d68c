"""The files of the serving certificate come late, or half, in a pod that has just been made."""

from tests.cluster.harness.waiting import eventually
from tests.end_to_end.harness.session import opened
from tests.service.cluster.servers import Site


async def test_a_server_waits_for_its_certificate_and_says_so(site: Site) -> None:
    certificate = site.identity.certificate.read_bytes()
    site.identity.certificate.unlink()
    async with site.starting() as told:
        await eventually(lambda: waits(site, "No such file"))
        site.identity.certificate.write_bytes(certificate[:200])
        await eventually(lambda: waits(site, "PEM"))
        assert not told.done()
        site.identity.certificate.write_bytes(certificate)
        assert list((await told).directories) == ["pki/web"]
        assert (await site.readiness())["ready"]
        async with opened(site.directory) as client:
            assert client.directory["newOrder"].startswith(site.base)


async def test_a_server_that_waits_for_its_certificate_can_be_told_to_stop(site: Site) -> None:
    site.identity.key.unlink()
    async with site.starting() as told:
        await eventually(lambda: waits(site, "No such file"))
        assert not told.done()


async def waits(site: Site, why: str) -> None:
    (reason,) = (await site.readiness())["reasons"]
    assert reason.startswith("starting: waits for the serving certificate: can't serve TLS with ")
    assert str(site.identity.certificate) in reason
    assert why.lower() in reason.lower()
