"""What has long expired goes, nothing else does, and no crash on the way breaks a promise."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from acme_server.domain.documents.accounts import Account, AccountKey
from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.documents.document import SCHEMA, Document, Kind
from acme_server.domain.documents.models import MODELS
from acme_server.domain.documents.orders import Order
from acme_server.domain.problems import ACMEError, ErrorType
from acme_server.domain.retention import Retention
from acme_server.ports import Record, Store
from acme_server.services.documents import Documents, hour
from acme_server.services.sweeping import Stopped, Sweeper
from tests.fakes.clock import FakeClock
from tests.fakes.faulty_store import Fault, FaultyStore, WriterKilled
from tests.fakes.randomness import FakeRandomness
from tests.service.services.client import Client, signing_request
from tests.service.services.interruptions import InterruptedStore, interrupted
from tests.service.services.problems import refused
from tests.service.services.world import KID, SECRET, World

NAME = "web.team-a.acme.test"
KEEP = Retention()
HOUR = timedelta(hours=1)
YEARS = timedelta(days=800)


def sweeper(world: World, store: Store | None = None, **changes: Any) -> Sweeper:
    """Return a sweeper over the world's store, whose own waiting doesn't move the world's clock."""
    documents = Documents(store or world.store, FakeRandomness(seed=7))
    return Sweeper(documents, FakeClock(world.clock.now()), KEEP, **changes)


async def sweep(world: World, store: Store | None = None) -> dict[Kind, int]:
    return dict((await sweeper(world, store).sweep(world.clock.now())).counts)


async def all_of(world: World, model: type[Document]) -> list[Any]:
    return [each.document async for each in world.documents.scan(model)]


async def issued(world: World, client: Client) -> Certificate:
    """Let a client have a certificate."""
    order = (await client.order(NAME)).body
    assert isinstance(order, dict)
    first = (await client.follow(order["authorizations"][0])).body
    assert isinstance(first, dict)
    await client.follow(first["challenges"][0]["url"], {})
    await client.finalize(order, signing_request(NAME))
    found: list[Certificate] = await all_of(world, Certificate)
    return max(found, key=lambda each: each.issued)


async def test_an_order_goes_a_week_after_it_expired_and_not_before(world: World) -> None:
    client = await world.bound_client()
    await client.order(NAME)
    world.clock.advance(world.lifetimes.order + KEEP.orders - HOUR)
    assert await sweep(world) == {}
    world.clock.advance(2 * HOUR)
    assert await sweep(world) == {Kind.ORDER: 1, Kind.AUTHORIZATION: 1}
    assert await all_of(world, Order) == []
    assert await sweep(world) == {}


async def test_an_order_stays_as_long_as_its_certificate_does(world: World) -> None:
    client = await world.bound_client()
    certificate = await issued(world, client)
    world.clock.advance(timedelta(days=20))
    assert await sweep(world) == {Kind.AUTHORIZATION: 1}
    (order,) = await all_of(world, Order)
    assert order.kept_until == certificate.not_after
    listed = (await client.follow(client.urls.orders(str(client.kid).rpartition("/")[2]))).body
    assert listed == {"orders": [client.urls.order(order.id)]}
    world.clock.advance(certificate.not_after - world.clock.now() + KEEP.orders + HOUR)
    assert await sweep(world) == {Kind.ORDER: 1}
    assert len(await all_of(world, Certificate)) == 1


async def test_a_kept_order_is_not_looked_at_again_before_its_certificate_expires(
    world: World,
) -> None:
    await issued(world, await world.bound_client())
    world.clock.advance(timedelta(days=20))
    await sweep(world)
    store = FaultyStore(world.store)
    assert await sweep(world, store) == {}
    assert store.writes == 0


async def test_a_certificate_goes_ninety_days_after_it_expired(world: World) -> None:
    certificate = await issued(world, await world.bound_client())
    end = certificate.not_after + KEEP.certificates
    world.clock.advance(end - world.clock.now() - HOUR)
    assert Kind.CERTIFICATE not in await sweep(world)
    world.clock.advance(2 * HOUR)
    assert (await sweep(world))[Kind.CERTIFICATE] == 1


async def test_what_was_renewed_meanwhile_stays(world: World) -> None:
    client = await world.bound_client()
    await client.order(NAME)
    world.clock.advance(timedelta(days=30))
    store = InterruptedStore(world.store)

    class Deleting(InterruptedStore):
        async def delete(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
            if kind is Kind.AUTHORIZATION:
                await client.order(NAME)
            await super().delete(kind, id, version)

    assert await sweep(world, Deleting(store)) == {Kind.ORDER: 1}
    (slot,) = await all_of(world, Authorization)
    assert slot.number == 2


async def test_a_swept_slot_begins_anew_only_when_no_order_on_it_can_be_alive() -> None:
    assert Retention().authorizations == timedelta(days=7)
    assert Retention(longest_order=timedelta(days=60)).authorizations == timedelta(days=60)


@pytest.mark.parametrize("kind", [Kind.ORDER, Kind.AUTHORIZATION, Kind.CERTIFICATE, Kind.ACCOUNT])
async def test_what_a_newer_server_wrote_is_left_alone(world: World, kind: Kind) -> None:
    body = b'{"id": "n1", "schema": %d}' % (SCHEMA + 1)
    due = hour(world.clock.now() - 2 * YEARS)
    await world.store.create(Record(kind, "n1", body, due=due))
    client = await world.bound_client()
    await client.order(NAME)
    world.clock.advance(timedelta(days=30))
    assert await sweep(world) == {Kind.ORDER: 1, Kind.AUTHORIZATION: 1}
    assert await world.store.get(kind, "n1") is not None


async def test_an_order_whose_certificate_a_newer_server_wrote_is_left_alone(world: World) -> None:
    client = await world.bound_client()
    await client.order(NAME)
    (order,) = await all_of(world, Order)
    body = b'{"schema": %d}' % (SCHEMA + 1)
    await world.store.create(Record(Kind.CERTIFICATE, order.serial, body))
    world.clock.advance(timedelta(days=30))
    assert await sweep(world) == {Kind.AUTHORIZATION: 1}


async def swept_account(world: World) -> Client:
    """Return a client that registered, and has not been seen for years."""
    client = await world.bound_client()
    world.clock.advance(YEARS)
    return client


async def test_an_account_goes_after_thirteen_months_and_its_key_after_it(world: World) -> None:
    client = await world.bound_client()
    world.clock.advance(KEEP.accounts - HOUR)
    assert await sweep(world) == {}
    world.clock.advance(2 * HOUR)
    assert await sweep(world) == {Kind.ACCOUNT: 1}
    with refused(ErrorType.ACCOUNT_DOES_NOT_EXIST, 400):
        await client.order(NAME)
    assert len(await all_of(world, AccountKey)) == 1
    world.clock.advance(2 * HOUR)
    assert await sweep(world) == {Kind.ACCOUNT_KEY: 1}


async def test_past_keys_go_with_their_account(world: World) -> None:
    client = await world.bound_client()
    account = str(client.kid).rpartition("/")[2]
    await world.documents.create(AccountKey(id="f" * 40, account=account))
    world.clock.advance(YEARS)
    await sweep(world)
    world.clock.advance(2 * HOUR)
    assert await sweep(world) == {Kind.ACCOUNT_KEY: 2}


@pytest.mark.parametrize("has", ["order", "certificate"])
async def test_an_account_that_has_something_stays(world: World, has: str) -> None:
    client = await world.bound_client()
    world.clock.advance(YEARS)
    world.serve()
    if has == "order":
        await client.order(NAME)
    else:
        await issued(world, client)
    assert await sweep(world) == {}
    (account,) = await all_of(world, Account)
    assert account.used == world.clock.now()


async def test_an_account_counts_as_used_from_its_last_order_on(world: World) -> None:
    client = await world.bound_client()
    world.clock.advance(timedelta(days=300))
    world.serve()
    await client.order(NAME)
    last = world.clock.now()
    world.clock.advance(timedelta(days=30))
    await sweep(world)
    (account,) = await all_of(world, Account)
    assert account.used == last
    world.clock.advance(KEEP.accounts - timedelta(days=31))
    assert await sweep(world) == {}
    world.clock.advance(timedelta(days=2))
    assert await sweep(world) == {Kind.ACCOUNT: 1}


async def test_accounts_in_daily_use_are_written_once_a_month(world: World) -> None:
    client = await world.bound_client()
    operations = set()
    for _ in range(65):
        world.serve()
        await client.order(NAME)
        (account,) = await all_of(world, Account)
        operations.add(account.last_operation)
        world.clock.advance(timedelta(days=1))
    assert len(operations) == 3


@pytest.mark.parametrize("what", ["order", "register"])
async def test_an_account_that_is_used_while_it_goes_stays(world: World, what: str) -> None:
    client = await swept_account(world)
    world.serve()

    class Deleting(InterruptedStore):
        async def delete(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
            await (client.order(NAME) if what == "order" else client.register())
            await super().delete(kind, id, version)

    assert await sweep(world, Deleting(world.store)) == {}
    assert (await client.order(NAME)).status == 201


async def test_who_orders_while_the_account_goes_is_told_to_register_anew(world: World) -> None:
    client = await swept_account(world)
    world.serve()
    interrupted_store = interrupted(world, client)

    async def swept() -> None:
        await sweep(world, interrupted_store.store)

    interrupted_store.before("replace", Kind.ACCOUNT, swept)
    with refused(ErrorType.ACCOUNT_DOES_NOT_EXIST, 400, "register anew"):
        await client.order(NAME)
    assert await all_of(world, Order) == []


async def test_a_swept_account_s_owner_registers_anew_with_its_key(world: World) -> None:
    client = await swept_account(world)
    before = client.kid
    await sweep(world)
    assert (await client.register((KID, SECRET))).status == 201
    assert client.kid == before
    world.clock.advance(3 * HOUR)
    await sweep(world)
    assert len(await all_of(world, AccountKey)) == 1
    assert (await client.register()).status == 200


async def test_a_key_that_is_gone_registers_a_new_account(world: World) -> None:
    client = await swept_account(world)
    before = client.kid
    await sweep(world)
    world.clock.advance(2 * HOUR)
    await sweep(world)
    assert (await client.register((KID, SECRET))).status == 201
    assert client.kid != before


async def test_a_key_is_not_swept_from_under_who_registers_with_it_at_the_same_time(
    world: World,
) -> None:
    client = await swept_account(world)
    await sweep(world)
    world.clock.advance(2 * HOUR)

    class Deleting(InterruptedStore):
        async def delete(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
            await client.register((KID, SECRET))
            await super().delete(kind, id, version)

    assert await sweep(world, Deleting(world.store)) == {}
    assert (await client.register()).status == 200
    assert len(await all_of(world, Account)) == 1


async def test_an_account_that_changes_while_it_goes_stays(world: World) -> None:
    client = await swept_account(world)

    class Deleting(InterruptedStore):
        async def delete(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
            await client.follow(str(client.kid), {"contact": ["mailto:a@acme.test"]})
            await super().delete(kind, id, version)

    assert await sweep(world, Deleting(world.store)) == {}
    assert (await client.register()).status == 200


@pytest.mark.parametrize("fault", [Fault.KILLED_BEFORE, Fault.KILLED_AFTER])
@pytest.mark.parametrize("write", range(1, 8))
async def test_a_sweeper_killed_at_any_write_breaks_nothing(
    world: World, write: int, fault: Fault
) -> None:
    """A key has one account, whoever comes first afterwards: its owner or the next sweep."""
    client = await swept_account(world)
    world.serve()
    other = await world.bound_client()
    await issued(world, other)
    world.clock.advance(timedelta(days=20))
    dying = FaultyStore(world.store, {write: fault})
    try:
        for _ in range(2):
            await sweep(world, dying)
            world.clock.advance(2 * HOUR)
    except WriterKilled:
        pass
    await client.register((KID, SECRET))
    world.clock.advance(3 * HOUR)
    await sweep(world)
    first = client.kid
    assert (await client.register((KID, SECRET))).status == 200
    assert client.kid == first
    assert len(await all_of(world, Account)) == 2
    assert len(await all_of(world, AccountKey)) == 2
    assert (await other.order(NAME)).status == 201


async def test_sweeping_is_paced_and_asks_before_every_write(world: World) -> None:
    client = await world.bound_client()
    for _ in range(5):
        await client.order(NAME)
    world.clock.advance(timedelta(days=30))
    asked = 0

    def check() -> None:
        nonlocal asked
        asked += 1
        if asked > 3:
            raise Stopped("the Lease is another's")

    told: list[Kind] = []
    clock = FakeClock(world.clock.now())
    slow = Sweeper(
        world.documents, clock, KEEP, check=check, pace=0.5, tell=lambda kind, _: told.append(kind)
    )
    with pytest.raises(Stopped):
        await slow.sweep(world.clock.now())
    assert told == [Kind.ORDER] * 3
    assert clock.now() - world.clock.now() == timedelta(seconds=8)


async def test_a_store_that_is_away_ends_a_sweep(world: World) -> None:
    store = FaultyStore(world.store)
    store.reads_fail = True
    with pytest.raises(ACMEError, match="can't be reached"):
        await sweep(world, store)


class Enough(Exception):
    """The test has seen what it came for."""


class CountedClock(FakeClock):
    """A clock that ends what sleeps by it after some sleeps."""

    def __init__(self, world: World, sleeps: int) -> None:
        super().__init__(world.clock.now())
        self.slept: list[float] = []
        self._sleeps = sleeps

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) == self._sleeps:
            raise Enough
        await super().sleep(seconds)


def refusing() -> None:
    """Refuse to sweep."""
    raise Stopped("the Lease is another's")


@pytest.mark.parametrize(
    ("check", "away", "expected"),
    [
        pytest.param(lambda: None, False, [3600, 3600], id="hourly"),
        pytest.param(refusing, False, [60, 60], id="not the holder"),
        pytest.param(lambda: None, True, [120, 120], id="the store is away"),
    ],
)
async def test_the_sweeper_goes_on_whatever_comes(
    world: World, check: Callable[[], None], away: bool, expected: list[float]
) -> None:
    store = FaultyStore(world.store)
    store.reads_fail = away
    clock = CountedClock(world, 2)
    documents = Documents(store, FakeRandomness())
    with pytest.raises(Enough):
        await Sweeper(documents, clock, KEEP, check=check).run()
    assert clock.slept == expected


def test_only_kinds_that_can_grow_without_bound_are_ever_due() -> None:
    dated = {kind for kind, model in MODELS.items() if model.due is not Document.due}
    swept = {Kind.ORDER, Kind.AUTHORIZATION, Kind.CERTIFICATE, Kind.ACCOUNT, Kind.ACCOUNT_KEY}
    assert dated == swept
