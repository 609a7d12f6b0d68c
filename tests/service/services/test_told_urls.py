"""People who were told another URL than the server's are refused, and its operator hears of it."""

import pytest

from acme_server.services.told_urls import ToldUrls
from certwright.bundles.profile import ProfileInformation
from tests.fakes.clock import FakeClock
from tests.service.services.world import TEMPLATE, profile

SERVED = "https://acme.example.test/acme/pki/web/directory"


def told(url: str | None) -> ToldUrls:
    given = profile(None, TEMPLATE, information=ProfileInformation(directory_url=url))
    return ToldUrls(lambda: [given], lambda _: SERVED, FakeClock())


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(None, id="not known"),
        pytest.param(SERVED, id="the same"),
        pytest.param(SERVED.replace(".test", ".test:443"), id="with the port"),
        pytest.param(SERVED.replace("acme.example", "ACME.Example"), id="in capitals"),
    ],
)
def test_who_was_told_what_is_served_needs_no_warning(
    url: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    urls = told(url)
    urls.look()
    assert not urls.differing
    assert not caplog.records


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(SERVED.replace("acme.", "certs."), id="another host"),
        pytest.param(SERVED.replace(".test", ".test:8443"), id="another port"),
        pytest.param("https://acme.example.test:port", id="no URL"),
    ],
)
def test_who_was_told_something_else_is_told_of_once(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    urls = told(url)
    for _ in range(2):
        urls.look()
    (said,) = urls.differing.values()
    assert said.startswith(f"profile pki/web is served at {SERVED}, and people are told {url}: ")
    assert [each.message for each in caplog.records] == [said]


async def test_what_changes_is_looked_for(caplog: pytest.LogCaptureFixture) -> None:
    given = [profile(None, TEMPLATE)]

    def served(_: object) -> str:
        return SERVED

    urls = ToldUrls(lambda: given, served, FakeClock())
    urls.look()
    for host in ("one", "two", "two"):
        url = SERVED.replace("acme.", f"{host}.")
        given[:] = [profile(None, TEMPLATE, information=ProfileInformation(directory_url=url))]
        urls.look()
    assert len(caplog.records) == 2
