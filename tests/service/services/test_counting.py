"""Places under a grant: each is held by one account that can use it."""

import asyncio
from datetime import timedelta

import pytest

from acme_server.domain.documents.accounts import Account, AccountKey
from acme_server.domain.documents.document import Kind
from acme_server.domain.problems import ACMEError, ErrorType
from acme_server.services.enrollments import ENTRY_GRACE
from certwright.bundles.credential import CredentialSecret, encode_secret
from tests.fakes.faulty_store import Fault, FaultyStore, WriterKilled
from tests.service.services.client import Client
from tests.service.services.interruptions import (
    NAME,
    NEW_SECRET,
    OTHER_KID,
    bind_other,
    interrupted,
    outcome,
)
from tests.service.services.problems import refused
from tests.service.services.world import KID, SECRET, World


async def test_evicted_accounts_give_their_places_back(world: World) -> None:
    world.bind(max_accounts=1)
    await world.bound_client()
    world.clock.advance(timedelta(minutes=1))
    rotated = (CredentialSecret(revision=2, secret=encode_secret(NEW_SECRET)),)
    world.bind(max_accounts=1, secrets=rotated, reject_accounts_before_time=world.clock.now())
    assert (await world.client().register((KID, NEW_SECRET))).status == 201


async def test_accounts_of_a_credential_made_anew_give_their_places_back(world: World) -> None:
    world.bind(max_accounts=1)
    await world.bound_client()
    world.bind(max_accounts=1, uid="credential-2")
    assert (await world.bound_client()).kid


async def test_an_account_that_was_bound_elsewhere_holds_no_place_for_long(world: World) -> None:
    world.bind(max_accounts=1)
    bind_other(world, max_accounts=1)
    client = world.client()
    store = interrupted(world, client)
    again = Client(world.dispatcher, client.urls, client.key)

    async def register_with_the_other() -> None:
        assert (await again.register((OTHER_KID, SECRET))).status == 201

    store.before("create", Kind.ACCOUNT, register_with_the_other)
    assert (await client.register((KID, SECRET))).status == 200
    world.clock.advance(ENTRY_GRACE + timedelta(seconds=1))
    assert (await world.client().register((KID, SECRET))).status == 201


async def test_a_binding_anew_that_fails_does_not_free_the_old_place(world: World) -> None:
    world.bind(max_accounts=1)
    bind_other(world)
    client = await world.bound_client()
    store = interrupted(world, client)
    world.bind(max_accounts=1, suspend=True)

    async def change_contact() -> None:
        await client.follow(str(client.kid), {"contact": ["mailto:a@acme.test"]})

    store.before("replace", Kind.ACCOUNT, change_contact)
    twin = Client(world.dispatcher, client.urls, client.key)
    with refused(ErrorType.SERVER_INTERNAL, 503, "another request"):
        await twin.register((OTHER_KID, SECRET))
    world.bind(max_accounts=1)
    assert (await client.order(NAME)).status == 201
    with refused(ErrorType.UNAUTHORIZED, 403, "allows 1 accounts"):
        await world.bound_client()


async def test_a_registration_taken_up_late_does_not_lose_its_place_on_the_way(
    world: World,
) -> None:
    world.bind(max_accounts=1)
    slow = world.client()
    store = interrupted(world, slow)

    async def die() -> None:
        raise WriterKilled

    async def let_another_register() -> None:
        await outcome(world.client().register((KID, SECRET)))

    store.before("create", Kind.ACCOUNT, die)
    with pytest.raises(WriterKilled):
        await slow.register((KID, SECRET))
    world.clock.advance(ENTRY_GRACE + timedelta(seconds=1))
    store.before("create", Kind.ACCOUNT, let_another_register)
    await outcome(slow.register((KID, SECRET)))
    accounts = [each.document async for each in world.documents.scan(Account)]
    assert len(accounts) == 1


async def test_a_registration_that_finds_no_place_leaves_nothing_behind(world: World) -> None:
    world.bind(max_accounts=1)
    await world.bound_client()
    for _ in range(3):
        with refused(ErrorType.UNAUTHORIZED, 403, "allows 1 accounts"):
            await world.bound_client()
    assert len([each async for each in world.documents.scan(AccountKey)]) == 1


async def test_a_deactivation_is_answered_though_its_place_could_not_be_given_back(
    world: World,
) -> None:
    world.bind(max_accounts=1)
    client = await world.bound_client()
    sound = world.store
    world.store = FaultyStore(sound, {2: Fault.LOST})
    world.start()
    client.dispatcher = world.dispatcher
    assert (await client.follow(str(client.kid), {"status": "deactivated"})).status == 200
    world.store = sound
    world.start()
    assert (await world.bound_client()).kid


async def test_many_registrations_at_once_all_succeed(world: World) -> None:
    world.bind(max_accounts=1000)
    tries = (outcome(world.client().register((KID, SECRET))) for _ in range(40))
    outcomes = await asyncio.gather(*tries)
    assert [each for each in outcomes if isinstance(each, ACMEError)] == []
