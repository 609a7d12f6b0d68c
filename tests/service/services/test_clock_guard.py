"""Nothing is issued or swept by a clock that can't be trusted; the rest goes on."""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from acme_server.domain.documents.accounts import Account
from acme_server.domain.problems import ErrorType
from acme_server.services.clock_guard import ClockGuard
from acme_server.services.dispatch import Dispatcher
from acme_server.services.documents import Documents
from acme_server.services.environment import Checks
from acme_server.services.sweeping import Stopped
from tests.fakes.randomness import FakeRandomness
from tests.service.services.client import Client, signing_request
from tests.service.services.interruptions import settle
from tests.service.services.problems import refused
from tests.service.services.world import OPTIONAL, World

NAME = "web.team-a.acme.test"
DAY = timedelta(days=1)


@dataclass
class Steady:
    """A steady clock beside the world's wall clock."""

    world: World
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds

    def passes(self, by: timedelta) -> None:
        """Let time pass on both."""
        self.seconds += by.total_seconds()
        self.world.clock.advance(by)


@dataclass
class Guarded:
    """A world whose clock is guarded."""

    world: World
    steady: Steady
    guard: ClockGuard

    def restart(self) -> None:
        self.guard = ClockGuard(self.world.clock, self.steady)
        checks = (self.guard.require_trusted,)
        documents = Documents(self.world.store, self.world.randomness, self.guard.seen)
        self.world.environment = replace(
            self.world.environment, documents=documents, checks=Checks(checks, checks, checks)
        )
        self.world.dispatcher = Dispatcher(self.world.environment)


@pytest.fixture
def guarded(world: World) -> Guarded:
    steady = Steady(world)
    made = Guarded(world, steady, ClockGuard(world.clock, steady))
    made.restart()
    return made


async def ready_order(client: Client) -> dict[str, Any]:
    order = (await client.order(NAME)).body
    assert isinstance(order, dict)
    first = (await client.follow(order["authorizations"][0])).body
    assert isinstance(first, dict)
    await client.follow(first["challenges"][0]["url"], {})
    return order


async def test_a_jump_stops_registering_ordering_and_issuing_and_nothing_else(
    guarded: Guarded,
) -> None:
    guarded.world.serve(acme=OPTIONAL)
    client = await guarded.world.bound_client()
    order = await ready_order(client)
    guarded.world.clock.advance(timedelta(hours=2))
    csr = signing_request(NAME)
    for asked in (
        client.order(NAME),
        client.finalize(order, csr),
        guarded.world.client().register(),
    ):
        with refused(ErrorType.SERVER_INTERNAL, 503, "wall clock", "jumped forward") as refusal:
            await asked
        assert refusal.error is not None
        assert refusal.error.retry_after
    with pytest.raises(Stopped, match="wall clock"):
        guarded.guard.require_for_sweeping()
    assert (await client.register()).status == 200
    assert (await client.follow(str(order["authorizations"][0]))).status == 200
    guarded.steady.passes(timedelta(minutes=11))
    finalized = await client.finalize(order, csr)
    assert isinstance(finalized.body, dict)
    assert finalized.body["status"] == "valid"
    guarded.guard.require_for_sweeping()
    guarded.world.clock.advance(timedelta(hours=2))
    assert (await client.finalize(order, csr)).status == 200


async def test_a_suspended_machine_s_clock_has_not_jumped(guarded: Guarded) -> None:
    client = await guarded.world.bound_client()
    guarded.steady.passes(timedelta(days=3))
    assert (await client.order(NAME)).status == 201


async def test_a_server_that_starts_before_what_is_stored_issues_nothing_until_then(
    guarded: Guarded,
) -> None:
    client = await guarded.world.bound_client()
    guarded.world.clock.advance(-DAY)
    guarded.restart()
    await guarded.guard.start(guarded.world.documents)
    client.dispatcher = guarded.world.dispatcher
    with refused(ErrorType.SERVER_INTERNAL, 503, "stored document is from 2026-11-23T12:00:00Z"):
        await client.order(NAME)
    guarded.steady.passes(DAY)
    assert (await client.order(NAME)).status == 201


async def test_what_a_request_reads_tells_of_the_time_too(guarded: Guarded) -> None:
    client = await guarded.world.bound_client()
    guarded.world.clock.advance(-DAY)
    guarded.restart()
    client.dispatcher = guarded.world.dispatcher
    with refused(ErrorType.SERVER_INTERNAL, 503, "stands before what is stored"):
        await client.order(NAME)


async def test_what_is_written_by_a_wrong_clock_proves_nothing(guarded: Guarded) -> None:
    await guarded.world.bound_client()
    guarded.world.clock.advance(400 * DAY)
    guarded.guard.look()
    documents = Documents(guarded.world.store, FakeRandomness(3), guarded.guard.seen)
    found = documents.scan(Account)
    (account,) = [each async for each in found]
    changed = account.document.but(created=guarded.world.clock.now())
    await documents.replace(account, changed)
    await documents.get(Account, account.document.id)
    guarded.world.clock.advance(-400 * DAY)
    assert guarded.guard.look() is None


async def test_the_log_is_told_once_and_when_it_is_over(
    guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    guarded.world.clock.advance(timedelta(hours=1))
    for _ in range(3):
        guarded.guard.look()
    guarded.world.clock.advance(-timedelta(hours=1))
    for _ in range(3):
        guarded.guard.look()
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.levelname for record in told] == ["ERROR", "WARNING"]
    assert "3600 seconds off" in told[0].getMessage()
    assert "trusted again" in told[1].getMessage()


async def test_it_goes_on_looking(guarded: Guarded) -> None:
    """Only the wall clock is pushed on by who sleeps by it: 10 seconds a look, which is a drift."""
    before = guarded.world.clock.now()
    task = asyncio.create_task(guarded.guard.run())
    await settle()
    task.cancel()
    assert guarded.guard.doubt is None
    assert guarded.world.clock.now() - before > timedelta(minutes=2)
    guarded.world.clock.advance(timedelta(minutes=2))
    assert guarded.guard.look() is not None
