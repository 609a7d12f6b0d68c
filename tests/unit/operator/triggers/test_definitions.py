"""What isn't served yet is waited for."""

import asyncio
import logging

import pytest

from certwright_operator.triggers import definitions
from tests.fakes.kubernetes_api import FakeAPI
from tests.fakes.monotonic_clock import MonotonicClock


async def turns() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


async def test_all_kinds_have_to_be_served(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    api, clock = FakeAPI(), MonotonicClock()
    api.unserved |= {"eabcredentials", "certificateprofiles"}
    waiting = asyncio.create_task(definitions.served(api, clock))
    await turns()
    api.unserved.discard("eabcredentials")
    await turns()
    assert not waiting.done()
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == [
        "certificateprofiles.certwright.dev, eabcredentials.certwright.dev",
        "certificateprofiles.certwright.dev",
    ]
    api.unserved.clear()
    await waiting


async def test_an_outage_is_waited_out() -> None:
    api, clock = FakeAPI(), MonotonicClock()
    api.down = True
    waiting = asyncio.create_task(definitions.served(api, clock))
    await turns()
    assert not waiting.done()
    api.down = False
    await waiting
