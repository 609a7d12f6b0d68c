"""The server's TLS from a Secret of somebody else's, which is never written."""

from datetime import timedelta

import pytest

from certwright.pki import chains
from certwright_operator.api.port import SECRETS
from certwright_operator.serving.keeping import Serving
from certwright_operator.settings import ServingSource, ServingTLS
from tests.unit.operator.serving.site import AUTHORITY, SERVED, SERVER, TRUST, Site

GIVEN = (SECRETS, SERVER, "acme-tls")


@pytest.fixture
def site() -> Site:
    return Site(ServingTLS(ServingSource.GIVEN, "acme-tls"))


@pytest.fixture
async def served() -> dict[str, bytes]:
    """Give what somebody made for the server's host, for 90 days."""
    return await made_elsewhere()


async def made_elsewhere() -> dict[str, bytes]:
    elsewhere = Site()
    await elsewhere.serving().keep()
    return dict(elsewhere.data(SERVED))


async def look(site: Site) -> Serving:
    serving = site.serving()
    await serving.keep()
    return serving


async def test_its_roots_are_published_and_it_is_not_written(
    site: Site, served: dict[str, bytes]
) -> None:
    site.put(GIVEN, served)
    before = site.found(GIVEN)
    serving = await look(site)
    await serving.keep()
    assert site.data(TRUST) == {"ca.crt": served["ca.crt"]}
    assert site.found(GIVEN) == before
    assert [call.name for call in site.api.writes] == ["trust.server"]
    assert site.api.found(*AUTHORITY) is None
    assert serving.faults == ()
    assert site.trust.pem == served["ca.crt"]
    leaf = chains.certificate_from_pem(served["tls.crt"].decode())
    assert serving.ends == leaf.not_valid_after_utc


async def test_other_roots_take_their_place(site: Site, served: dict[str, bytes]) -> None:
    site.put(GIVEN, served)
    serving = await look(site)
    other = await made_elsewhere()
    site.put(GIVEN, other)
    await serving.keep()
    assert site.data(TRUST) == {"ca.crt": other["ca.crt"]}
    assert site.trust.pem == other["ca.crt"]


async def test_what_is_published_is_mended(site: Site, served: dict[str, bytes]) -> None:
    site.put(GIVEN, served)
    serving = await look(site)
    site.edit(TRUST, data={"ca.crt": "spoilt"})
    await serving.keep()
    assert site.data(TRUST) == {"ca.crt": served["ca.crt"]}


async def test_a_secret_that_is_missing_is_told_of_once_and_takes_nothing_away(
    site: Site, served: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    site.put(GIVEN, served)
    serving = await look(site)
    site.remove(GIVEN)
    await serving.keep()
    await serving.keep()
    assert serving.faults == (
        "Secret certwright-acme/acme-tls is missing: the server has nothing to be served with",
    )
    assert caplog.text.count("is missing") == 1
    assert site.data(TRUST) == {"ca.crt": served["ca.crt"]}
    assert site.trust.pem == served["ca.crt"]


async def test_without_roots_in_it_none_are_published(site: Site, served: dict[str, bytes]) -> None:
    site.put(GIVEN, served)
    serving = await look(site)
    del served["ca.crt"]
    site.put(GIVEN, served)
    await serving.keep()
    assert site.api.found(*TRUST) is None
    assert site.trust.pem is None
    (fault,) = serving.faults
    assert fault.startswith("Secret certwright-acme/acme-tls: it has no ca.crt")


async def test_roots_that_can_not_be_read_leave_what_is_published(
    site: Site, served: dict[str, bytes]
) -> None:
    site.put(GIVEN, served)
    serving = await look(site)
    site.put(GIVEN, {**served, "ca.crt": b"-----BEGIN CERTIFICATE-----\n"})
    await serving.keep()
    assert site.data(TRUST) == {"ca.crt": served["ca.crt"]}
    assert "its ca.crt can't be used" in serving.faults[0]


async def test_a_certificate_of_no_authority_is_never_published(
    site: Site, served: dict[str, bytes]
) -> None:
    site.put(GIVEN, {**served, "ca.crt": served["ca.crt"] + served["tls.crt"]})
    serving = await look(site)
    assert site.api.found(*TRUST) is None
    assert "which is no certificate authority" in serving.faults[0]


async def test_a_config_map_of_somebody_elses_is_left_alone(
    site: Site, served: dict[str, bytes]
) -> None:
    resource, namespace, name = TRUST
    site.api.put(resource, namespace, {"metadata": {"name": name}, "data": {"ca.crt": "theirs"}})
    site.put(GIVEN, served)
    serving = await look(site)
    assert site.data(TRUST) == {"ca.crt": b"theirs"}
    assert "is in the way" in serving.faults[0]


async def test_one_that_nobody_renews_is_told_of(
    site: Site, served: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    site.put(GIVEN, served)
    serving = await look(site)
    assert list(serving.faults) == []
    site.wait(timedelta(days=84))
    await serving.keep()
    assert any("its certificate ends at" in each for each in serving.faults)
    site.put(GIVEN, await made_elsewhere())
    site.wait(-timedelta(days=84))
    caplog.set_level("INFO")
    await serving.keep()
    assert list(serving.faults) == []
    assert "the server's TLS is as it should be again" in caplog.text
