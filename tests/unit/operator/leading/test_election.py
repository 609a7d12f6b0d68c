"""One replica works at a time, and another takes over when it can't."""

import asyncio
import logging
from datetime import timedelta

import pytest

from certwright_operator.api.port import LEASES, Object, Unavailable
from certwright_operator.leading.election import Election, LeaseLost
from certwright_operator.leading.lease import Terms
from certwright_operator.system import SystemClock
from tests.fakes.kubernetes_api import Call, FakeAPI
from tests.fakes.monotonic_clock import MonotonicClock

NAMESPACE = "certwright-system"


class Silent(FakeAPI):
    """An API server that stops answering: requests hang."""

    silent = False

    async def get(self, *arguments: object) -> Object:
        if self.silent:
            await asyncio.Event().wait()
        return await super().get(*arguments)  # type: ignore[arg-type]


@pytest.fixture
def api() -> FakeAPI:
    return FakeAPI()


@pytest.fixture
def clock() -> MonotonicClock:
    return MonotonicClock()


def standing(api: FakeAPI, clock: MonotonicClock, me: str = "me") -> Election:
    return Election(api, NAMESPACE, me, clock)


def holder(api: FakeAPI) -> str:
    lease = api.found(LEASES, NAMESPACE, "certwright-operator")
    assert lease is not None
    found: str = lease["spec"]["holderIdentity"]
    return found


async def until(clock: MonotonicClock, seconds: float, keeping: asyncio.Task[None]) -> None:
    while clock.elapsed < seconds and not keeping.done():  # noqa: ASYNC110 - time moves by turns
        await asyncio.sleep(0)


async def turns(count: int = 50) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_the_first_gets_it(api: FakeAPI, clock: MonotonicClock) -> None:
    await standing(api, clock).win()
    assert holder(api) == "me"
    assert clock.elapsed == 0


async def test_of_two_at_once_one_gets_it(api: FakeAPI, clock: MonotonicClock) -> None:
    standings = [asyncio.ensure_future(standing(api, clock, name).win()) for name in ("one", "two")]
    done, waiting = await asyncio.wait(standings, return_when=asyncio.FIRST_COMPLETED)
    assert (len(done), len(waiting)) == (1, 1)
    for each in waiting:
        each.cancel()


async def test_who_died_is_succeeded_after_the_leases_duration(
    api: FakeAPI, clock: MonotonicClock
) -> None:
    await standing(api, clock, "dead").win()
    await standing(api, clock).win()
    assert holder(api) == "me"
    assert 15 <= clock.elapsed < 20


async def test_who_goes_is_succeeded_at_once(api: FakeAPI, clock: MonotonicClock) -> None:
    going = standing(api, clock, "going")
    await going.win()
    await going.give_back()
    await standing(api, clock).win()
    assert holder(api) == "me"
    assert clock.elapsed <= 2


async def test_who_renews_keeps_it(api: FakeAPI, clock: MonotonicClock) -> None:
    working = standing(api, clock)
    await working.win()
    keeping = asyncio.create_task(working.keep())
    await until(clock, 600, keeping)
    assert not keeping.done()
    assert holder(api) == "me"
    keeping.cancel()


async def test_a_short_outage_is_survived(api: FakeAPI, clock: MonotonicClock) -> None:
    working = standing(api, clock)
    await working.win()
    keeping = asyncio.create_task(working.keep())
    api.down = True
    await until(clock, 8, keeping)
    api.down = False
    await until(clock, 60, keeping)
    assert not keeping.done()
    keeping.cancel()


async def test_without_a_renewal_it_is_lost_at_the_deadline(
    api: FakeAPI, clock: MonotonicClock
) -> None:
    working = standing(api, clock)
    await working.win()
    api.down = True
    with pytest.raises(LeaseLost, match="not renewed for 10 seconds"):
        await working.keep()
    assert clock.elapsed <= 10


async def test_an_answer_that_does_not_come_holds_nobody_past_the_deadline() -> None:
    api = Silent()
    brief = Terms(timedelta(seconds=0.3), timedelta(seconds=0.2), timedelta(seconds=0.01))
    working = Election(api, NAMESPACE, "me", SystemClock(), brief)
    await working.win()
    api.silent = True
    with pytest.raises(LeaseLost):
        await working.keep()


async def test_what_another_has_taken_is_lost_at_once(api: FakeAPI, clock: MonotonicClock) -> None:
    working = standing(api, clock)
    await working.win()
    lease = api.found(LEASES, NAMESPACE, "certwright-operator")
    assert lease is not None
    lease["spec"]["holderIdentity"] = "usurper"
    api.put(LEASES, NAMESPACE, lease)
    with pytest.raises(LeaseLost, match="usurper's now"):
        await working.keep()
    await working.give_back()
    assert holder(api) == "usurper"


async def test_a_lease_that_was_deleted_is_made_anew(api: FakeAPI, clock: MonotonicClock) -> None:
    working = standing(api, clock)
    await working.win()
    api.remove(LEASES, NAMESPACE, "certwright-operator")
    keeping = asyncio.create_task(working.keep())
    await turns()
    assert holder(api) == "me"
    assert not keeping.done()
    keeping.cancel()


async def test_an_answer_that_was_lost_is_found_out(api: FakeAPI, clock: MonotonicClock) -> None:
    lost: list[Call] = []

    def lose(call: Call) -> None:
        if not lost:
            lost.append(call)
            raise Unavailable("the answer was lost")

    api.after = lose
    await standing(api, clock).win()
    assert lost
    assert holder(api) == "me"


async def test_an_outage_is_waited_out(
    api: FakeAPI, clock: MonotonicClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    api.down = True
    winning = asyncio.create_task(standing(api, clock).win())
    await turns()
    assert "can't be reached" in caplog.text
    api.down = False
    await winning
    assert holder(api) == "me"


async def test_to_fail_to_give_it_back_is_no_failure(api: FakeAPI, clock: MonotonicClock) -> None:
    working = standing(api, clock)
    await working.give_back()
    await working.win()
    api.down = True
    await working.give_back()
    assert holder(api) == "me"
