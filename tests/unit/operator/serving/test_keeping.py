"""When the server's TLS is looked at: on news that matter, and every now and then."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from certwright_operator.api.port import CONFIG_MAPS, PROFILES, SECRETS
from certwright_operator.serving.keeping import Serving
from tests.fakes.kubernetes_api import Call
from tests.unit.operator.serving.site import AUTHORITY, HOST, SERVED, SERVER, TRUST, Place, Site


@pytest.fixture
def site() -> Site:
    return Site()


@asynccontextmanager
async def running(serving: Serving) -> AsyncIterator[None]:
    """Let it run; it has done what it can."""
    task = asyncio.create_task(serving.run())
    await rest()
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def rest() -> None:
    """Let whatever runs do what it can."""
    for _ in range(100):
        await asyncio.sleep(0)


@pytest.mark.parametrize("place", [SERVED, TRUST, AUTHORITY], ids=lambda place: place[2])
async def test_what_is_deleted_comes_back_as_soon_as_it_is_heard_of(
    site: Site, place: Place
) -> None:
    async with running(site.serving()):
        site.remove(place)
        await rest()
        assert site.findings == ()


async def test_a_request_for_a_rotation_is_heard(site: Site) -> None:
    async with running(site.serving()):
        site.annotate(AUTHORITY, rotate="now")
        await rest()
        assert len(site.trusted) == 2


@pytest.mark.parametrize(
    ("plural", "name"),
    [(PROFILES.plural, "web"), (SECRETS.plural, "profile.pki.web")],
    ids=["the profile", "its bundle"],
)
async def test_a_hostname_that_comes_with_a_profile_is_heard_of(
    site: Site, plural: str, name: str
) -> None:
    serving = site.serving()
    async with running(serving):
        site.hostnames = frozenset({"team.example.com"})
        serving.seen(plural, "ADDED", {"metadata": {"name": name, "namespace": SERVER}})
        await rest()
        assert site.names == [HOST, "team.example.com"]


async def test_other_news_costs_nothing(site: Site) -> None:
    serving = site.serving()
    async with running(serving):
        site.api.calls.clear()
        for plural, name in (
            (PROFILES.plural, "web"),
            (SECRETS.plural, "profile.pki.web"),
            (SECRETS.plural, "nonce-keys"),
            (CONFIG_MAPS.plural, "trust.profile.pki.web"),
        ):
            serving.seen(plural, "MODIFIED", {"metadata": {"name": name, "namespace": SERVER}})
        elsewhere = {"metadata": {"name": "serving-tls", "namespace": "team-a"}}
        serving.seen(SECRETS.plural, "DELETED", elsewhere)
        await rest()
        assert site.api.calls == []


async def test_an_outage_is_waited_out(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    site.api.down = True
    serving = site.serving()
    async with running(serving):
        assert "can't be kept up yet" in caplog.text
        site.api.down = False
        serving.seen(SECRETS.plural, "ADDED", {"metadata": site_of(SERVED)})
        await rest()
        assert site.findings == ()


async def test_whoever_was_overtaken_looks_again(site: Site) -> None:
    def be_slower(call: Call) -> None:
        if call.verb == "replace":
            site.api.before = None
            site.annotate(AUTHORITY, rotate="later")

    async with running(site.serving()):
        site.api.before = be_slower
        site.annotate(AUTHORITY, rotate="now")
        await rest()
        assert len(site.trusted) == 2


async def test_a_clock_that_stands_before_the_roots_beginning_is_told_of_and_nothing_lost(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await site.serving().keep()
    before = site.leaf
    site.wait(timedelta(days=-400))
    site.remove(TRUST)
    site.hostnames = frozenset({"team.example.com"})
    serving = site.serving()
    async with running(serving):
        assert "the server's TLS can't be kept up yet" in caplog.text
        assert site.leaf == before
        site.wait(timedelta(days=400))
        serving.seen(SECRETS.plural, "ADDED", {"metadata": site_of(SERVED)})
        await rest()
        assert site.names == [HOST, "team.example.com"]


def site_of(place: Place) -> dict[str, str]:
    """Return the metadata of an object's event."""
    return {"namespace": place[1], "name": place[2]}
