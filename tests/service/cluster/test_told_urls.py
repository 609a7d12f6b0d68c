"""A server whose publicURL isn't what the operator's --server-url says."""

import aiohttp
import pytest

from tests.cluster.harness.waiting import eventually
from tests.service.cluster.servers import Site


async def test_it_is_ready_and_says_what_differs(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.settings["publicURL"] = "https://acme.example.test"
    async with site.running() as ready:
        told = await site.readiness()
        assert told["ready"]
        (note,) = told["notes"]
        assert note.startswith(
            "profile pki/web is served at https://acme.example.test/acme/pki/web/directory, "
            f"and people are told {site.base}/acme/pki/web/directory: "
        )
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{ready.operations}/metrics") as response,
        ):
            metrics = await response.text()
        assert 'certwright_profile_directory_url_differs{profile="pki/web"} 1.0' in metrics

        async def is_in_the_log() -> None:
            assert note in caplog.text

        await eventually(is_in_the_log)
