"""A full store takes no orders, and finishes those that it took."""

import asyncio
import logging
from dataclasses import replace

import pytest

from acme_server.domain.documents.document import Kind
from acme_server.domain.problems import ErrorType
from acme_server.ports import StoreUnavailable
from acme_server.services.capacity import CertificateCap
from acme_server.services.dispatch import Dispatcher
from acme_server.services.environment import Checks
from tests.fakes.clock import FakeClock
from tests.service.services.client import signing_request
from tests.service.services.interruptions import settle
from tests.service.services.problems import refused
from tests.service.services.test_clock_guard import ready_order
from tests.service.services.world import World

NAME = "web.team-a.acme.test"


class Counted:
    """A `Capacity` that holds what a test says; None: it is away."""

    def __init__(self, stored: int | None) -> None:
        self.stored = stored

    async def count(self, kind: Kind) -> int:
        """Return the number, if any."""
        assert kind is Kind.CERTIFICATE
        if self.stored is None:
            raise StoreUnavailable("away")
        return self.stored


async def test_a_full_store_takes_no_orders_and_finalizes_those_begun(world: World) -> None:
    store = Counted(99)
    cap = CertificateCap(store, world.clock, 100)
    world.environment = replace(world.environment, checks=Checks(ordering=(cap.require_room,)))
    world.dispatcher = Dispatcher(world.environment)
    client = await world.bound_client()
    await cap.look()
    order = await ready_order(client)
    store.stored = 100
    await cap.look()
    with refused(ErrorType.SERVER_INTERNAL, 503, "full: 100 certificates of at most 100") as no:
        await client.order(NAME)
    assert no.error is not None
    assert no.error.retry_after
    assert (await client.finalize(order, signing_request(NAME))).status == 200
    store.stored = 98
    await cap.look()
    assert (await client.order(NAME)).status == 201


async def test_people_are_warned_once_at_four_fifths_and_told_when_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    store = Counted(79)
    cap = CertificateCap(store, FakeClock(), 100)
    for stored in (79, 80, 81, 99, 100, 100, 80, 10):
        store.stored = stored
        await cap.look()
    assert [record.levelname for record in caplog.records] == [
        "WARNING",
        "ERROR",
        "WARNING",
        "INFO",
    ]
    assert "nearly full: 80 certificates of at most 100" in caplog.messages[0]


async def test_the_last_count_holds_while_none_can_be_made() -> None:
    store = Counted(7)
    cap = CertificateCap(store, FakeClock(), 100)
    task = asyncio.create_task(cap.run())
    await settle()
    assert cap.stored == 7
    store.stored = None
    await settle()
    assert (cap.stored, task.done()) == (7, False)
    store.stored = 8
    await settle()
    task.cancel()
    assert cap.stored == 8
