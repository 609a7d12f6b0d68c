"""Challenges of a replica that is gone are gone on with by another, and by one only."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest

from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.document import Kind
from acme_server.domain.documents.states import AuthorizationStatus, ChallengeStatus
from acme_server.ports import Record, Store
from acme_server.services.taking_over import TakingOver
from tests.fakes.faulty_store import Fault, FaultyStore
from tests.fakes.membership import FakeMembership
from tests.fakes.validator import after, never
from tests.service.services.client import Client
from tests.service.services.interruptions import InterruptedStore, settle
from tests.service.services.test_challenges import challenge_for, final
from tests.service.services.world import RETRY_FOR, World

NAME = "web.team-a.acme.test"


@dataclass
class Replica:
    """One server of several over one store."""

    world: World
    taking: TakingOver

    @classmethod
    def over(cls, first: World, name: str, membership: FakeMembership) -> "Replica":
        """Return a replica beside `first`, over the same store and by the same clock."""
        world = World(
            store=first.store,
            clock=first.clock,
            bundles=first.bundles,
            nonces=first.nonces,
            randomness=first.randomness,
            audit=first.audit,
            replica=name,
        )
        return cls.of(world, membership)

    @classmethod
    def of(cls, world: World, membership: FakeMembership) -> "Replica":
        environment = world.environment
        taking = TakingOver(
            environment.documents,
            environment.validations,
            environment.clock,
            str(world.replica),
            membership,
        )
        return cls(world, taking)

    @property
    def attempts(self) -> int:
        return len(self.world.validator.seen)

    async def dies(self) -> None:
        """Stop without another word."""
        await self.world.environment.validations.close()


@pytest.fixture
def membership() -> FakeMembership:
    return FakeMembership("a", "b", "c")


@pytest.fixture
def a(membership: FakeMembership) -> Replica:
    return Replica.of(World(replica="a"), membership)


@pytest.fixture
def b(a: Replica, membership: FakeMembership) -> Replica:
    return Replica.over(a.world, "b", membership)


async def begun_on(replica: Replica) -> tuple[Client, str]:
    """Begin a challenge whose first attempt hangs, and return its URL."""
    replica.world.validator.hold = asyncio.Event()
    client = await replica.world.bound_client()
    _, challenge = await challenge_for(client, NAME)
    await client.follow(challenge["url"], {})
    return client, challenge["url"]


async def stored(store: Store) -> tuple[Authorization, Challenge]:
    """Return the only authorization, and the challenge of it that was begun."""
    found = World(store=store).documents.scan(Authorization)
    (authorization,) = [each.document async for each in found]
    return authorization, next(each for each in authorization.challenges if each.started_at)


async def test_whoever_begins_a_challenge_writes_itself_into_it(a: Replica) -> None:
    await begun_on(a)
    _, challenge = await stored(a.world.store)
    assert (challenge.worker, challenge.status) == ("a", ChallengeStatus.PROCESSING)
    await a.dies()


async def test_a_dead_replica_s_challenge_ends_valid_on_another(
    a: Replica, b: Replica, membership: FakeMembership
) -> None:
    client, url = await begun_on(a)
    _, before = await stored(a.world.store)
    await a.dies()
    membership.members.remove("a")
    b.world.clock.advance(timedelta(seconds=20))
    await b.taking.look()
    _, after = await stored(a.world.store)
    assert (after.worker, after.started_at) == ("b", before.started_at)
    client.dispatcher = b.world.dispatcher
    assert (await final(client, url))["status"] == "valid"
    assert b.attempts == 1


async def test_a_living_replica_s_challenge_is_left_to_it(a: Replica, b: Replica) -> None:
    await begun_on(a)
    await b.taking.look()
    await settle()
    assert b.attempts == 0
    assert (await stored(a.world.store))[1].worker == "a"
    await a.dies()


async def test_a_taken_challenge_ends_when_it_would_have_ended(
    a: Replica, b: Replica, membership: FakeMembership
) -> None:
    client, url = await begun_on(a)
    await a.dies()
    membership.members.remove("a")
    b.world.validator.script = never
    b.world.clock.advance(RETRY_FOR)
    await b.taking.look()
    client.dispatcher = b.world.dispatcher
    assert (await final(client, url))["status"] == "invalid"
    assert b.attempts == 1


async def test_a_taken_challenge_goes_on_by_its_own_schedule(
    a: Replica, b: Replica, membership: FakeMembership
) -> None:
    client, url = await begun_on(a)
    begun = a.world.clock.now()
    await a.dies()
    membership.members.remove("a")
    b.world.validator.script = after(2)
    b.world.clock.advance(timedelta(seconds=20))
    await b.taking.look()
    client.dispatcher = b.world.dispatcher
    assert (await final(client, url))["status"] == "valid"
    # Attempts at the taking over, then 25 and 40 seconds from the challenge's begin.
    assert b.attempts == 3
    assert b.world.clock.now() == begun + timedelta(seconds=40)


async def test_one_of_two_that_come_at_once_gets_it(
    a: Replica, b: Replica, membership: FakeMembership
) -> None:
    await begun_on(a)
    await a.dies()
    membership.members.remove("a")
    interrupted = InterruptedStore(a.world.store)
    a.world.store = interrupted
    c = Replica.over(a.world, "c", membership)
    interrupted.before("replace", Kind.AUTHORIZATION, b.taking.look)
    await c.taking.look()
    await settle()
    assert (b.attempts, c.attempts) == (1, 0)
    assert (await stored(b.world.store))[1].worker == "b"


async def test_a_challenge_that_nobody_s_name_is_on_is_taken(a: Replica, b: Replica) -> None:
    """As one that a server without replicas, or an older one, left."""
    a.world.replica = None
    a.world.start()
    await begun_on(a)
    await a.world.environment.validations.close()
    await b.taking.look()
    await settle()
    assert (await stored(a.world.store))[0].status is AuthorizationStatus.VALID


async def test_a_replica_that_stops_leaves_its_challenges_to_whoever_looks_first(
    a: Replica, b: Replica
) -> None:
    await begun_on(a)
    await a.taking.release()
    assert (await stored(a.world.store))[1].worker is None
    await b.taking.look()
    await settle()
    assert (await stored(a.world.store))[0].status is AuthorizationStatus.VALID


async def test_a_replica_that_stops_does_not_take_back_what_another_has(
    a: Replica, b: Replica, membership: FakeMembership
) -> None:
    await begun_on(a)
    membership.members.remove("a")
    b.world.validator.hold = asyncio.Event()
    await b.taking.look()
    await a.taking.release()
    assert (await stored(a.world.store))[1].worker == "b"
    await b.dies()


async def test_a_replica_goes_on_with_what_it_lost_itself(a: Replica) -> None:
    """Its write may have landed though its answer was lost, and the client was told 503."""
    client, url = await begun_on(a)
    await a.dies()
    a.world.validator.hold = None
    await a.taking.look()
    assert (await final(client, url))["status"] == "valid"


async def test_what_is_under_way_here_is_not_begun_twice(a: Replica) -> None:
    await begun_on(a)
    await a.taking.look()
    await settle()
    assert a.attempts == 1
    await a.dies()


async def test_a_late_result_of_one_who_was_taken_for_dead_counts_once(
    a: Replica, b: Replica, membership: FakeMembership
) -> None:
    client, url = await begun_on(a)
    membership.members.remove("a")
    await b.taking.look()
    assert (await final(client, url))["status"] == "valid"
    assert a.world.validator.hold is not None
    a.world.validator.script = never
    a.world.validator.hold.set()
    await settle()
    assert (await stored(a.world.store))[0].status is AuthorizationStatus.VALID


async def test_one_unreadable_document_does_not_keep_the_others_from_being_taken(
    a: Replica, b: Replica, membership: FakeMembership
) -> None:
    await begun_on(a)
    await a.dies()
    membership.members.remove("a")
    await a.world.store.create(
        Record(Kind.AUTHORIZATION, "0" * 40, b'{"schema": 99}', work="validation")
    )
    await b.taking.look()
    await settle()
    assert b.attempts == 1


async def test_looking_goes_on_though_the_store_was_away(
    membership: FakeMembership, a: Replica
) -> None:
    await begun_on(a)
    await a.dies()
    membership.members.remove("a")
    store = FaultyStore(a.world.store)
    store.reads_fail = True
    a.world.store = store
    b = Replica.over(a.world, "b", membership)
    task = asyncio.create_task(b.taking.run())
    await settle()
    assert b.attempts == 0
    store.reads_fail = False
    await settle()
    task.cancel()
    assert b.attempts == 1


async def test_a_write_of_the_taking_over_that_is_lost_is_made_at_the_next_look(
    membership: FakeMembership, a: Replica
) -> None:
    await begun_on(a)
    await a.dies()
    membership.members.remove("a")
    a.world.store = FaultyStore(a.world.store, {1: Fault.LOST})
    b = Replica.over(a.world, "b", membership)
    await b.taking.look()
    await settle()
    assert b.attempts == 0
    await b.taking.look()
    await settle()
    assert b.attempts == 1
