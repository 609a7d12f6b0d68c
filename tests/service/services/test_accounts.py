"""newAccount and accounts (RFC 8555 §7.3)."""

import asyncio
from datetime import timedelta

import pytest

from acme_server.domain.documents.accounts import Account, Enrollment
from acme_server.domain.problems import ErrorType
from acme_server.protocol.resources import Resource
from acme_server.services.enrollments import ENTRY_GRACE
from acme_server.services.identities import enrollment_id
from certwright.bundles.document import ProfileReference
from tests.fakes.faulty_store import Fault, FaultyStore, WriterKilled
from tests.service.services.client import Client
from tests.service.services.problems import refused
from tests.service.services.world import KID, OPTIONAL, SECRET, World, credential

NAME = "web.team-a.acme.test"


async def test_a_new_key_gets_an_account(world: World) -> None:
    reply = await world.client().register((KID, SECRET), contact=["mailto:ops@acme.test"])
    assert reply.status == 201
    assert reply.body == {
        "status": "valid",
        "contact": ["mailto:ops@acme.test"],
        "orders": f"{reply.location}/orders",
    }


async def test_a_known_key_gets_its_account_unchanged_and_without_a_binding(world: World) -> None:
    client = world.client()
    first = await client.register((KID, SECRET), contact=["mailto:ops@acme.test"])
    again = await client.register(contact=["mailto:other@acme.test"])
    assert (again.status, again.location, again.body) == (200, first.location, first.body)


async def test_a_known_key_is_answered_whatever_binding_comes_with_it(world: World) -> None:
    client = await world.bound_client()
    reply = await client.register((KID, b"not the secret, at all, but 32 b"))
    assert reply.status == 200


async def test_only_returning_existing_accounts_finds_a_known_key(world: World) -> None:
    client = await world.bound_client()
    reply = await client.register(onlyReturnExisting=True)
    assert (reply.status, reply.location) == (200, client.kid)


async def test_only_returning_existing_accounts_makes_none_and_asks_for_no_binding(
    world: World,
) -> None:
    with refused(ErrorType.ACCOUNT_DOES_NOT_EXIST, 400):
        await world.client().register(onlyReturnExisting=True)
    assert [each async for each in world.documents.scan(Account)] == []


async def test_two_registrations_of_one_key_at_once_make_one_account(world: World) -> None:
    client = world.client()
    replies = await asyncio.gather(*(client.register((KID, SECRET)) for _ in range(5)))
    assert sorted(reply.status for reply in replies) == [200, 200, 200, 200, 201]
    assert len({reply.location for reply in replies}) == 1


async def test_a_binding_is_required_where_the_profile_says_so(world: World) -> None:
    with refused(ErrorType.EXTERNAL_ACCOUNT_REQUIRED, 403, "EABCredential"):
        await world.client().register()


async def test_a_binding_is_not_required_where_it_is_optional(world: World) -> None:
    world.serve(acme=OPTIONAL)
    assert (await world.client().register()).status == 201


@pytest.mark.parametrize(
    ("kid", "secret"),
    [
        pytest.param(KID, bytes(32), id="wrong secret"),
        pytest.param("team-a.nobody", SECRET, id="unknown KID"),
        pytest.param("team-a.nobody", bytes(32), id="unknown KID and the secret nobody has"),
    ],
)
async def test_a_binding_that_proves_nothing_makes_no_account(
    world: World, kid: str, secret: bytes
) -> None:
    with refused(ErrorType.UNAUTHORIZED, 403, kid, "secret is another one"):
        await world.client().register((kid, secret))
    assert [each async for each in world.documents.scan(Account)] == []


async def test_a_credential_of_another_profile_binds_nobody(world: World) -> None:
    other = ProfileReference(namespace="pki", name="other", uid="profile-2")
    world.bind(profile=other)
    with refused(ErrorType.UNAUTHORIZED, 403, "pki/web"):
        await world.client().register((KID, SECRET))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"suspend": True}, "suspended", id="suspended"),
        pytest.param({"refusal": "it exceeds its grant"}, "exceeds its grant", id="refused"),
    ],
)
async def test_a_credential_that_may_not_bind_says_why(
    world: World, changes: dict[str, object], said: str
) -> None:
    world.bind(**changes)
    with refused(ErrorType.UNAUTHORIZED, 403, said):
        await world.client().register((KID, SECRET))


async def test_an_expired_credential_binds_nobody_and_serves_who_is_bound(world: World) -> None:
    bound = await world.bound_client()
    world.bind(expiration_time=world.clock.now())
    with refused(ErrorType.UNAUTHORIZED, 403, "expired"):
        await world.client().register((KID, SECRET))
    assert (await bound.order(NAME)).status == 201


async def test_a_grant_counts_its_accounts(world: World) -> None:
    world.bind(max_accounts=2)
    await world.bound_client()
    leaving = await world.bound_client()
    with refused(ErrorType.UNAUTHORIZED, 403, "allows 2 accounts from namespace team-a"):
        await world.bound_client()
    await leaving.follow(str(leaving.kid), {"status": "deactivated"})
    assert (await world.bound_client()).kid


async def test_the_last_place_goes_to_one_of_two(world: World) -> None:
    world.bind(max_accounts=1)
    tries = (world.client().register((KID, SECRET)) for _ in range(4))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in outcomes) == 1


async def test_a_registration_that_died_gives_its_place_back_later(world: World) -> None:
    world.bind(max_accounts=1)
    await register_and_die(world, world.client(), 3)
    with refused(ErrorType.UNAUTHORIZED, 403, "allows 1 accounts"):
        await world.bound_client()
    world.clock.advance(ENTRY_GRACE + timedelta(seconds=1))
    assert (await world.bound_client()).kid


async def register_and_die(world: World, client: Client, before_write: int) -> None:
    """Let the server be killed before a write of a registration, and start anew."""
    sound = world.store
    world.store = FaultyStore(sound, {before_write: Fault.KILLED_BEFORE})
    world.start()
    client.dispatcher = world.dispatcher
    with pytest.raises(WriterKilled):
        await client.register((KID, SECRET))
    world.store = sound
    world.start()
    client.dispatcher = world.dispatcher


@pytest.mark.parametrize("before_write", [1, 2, 3])
async def test_a_registration_killed_between_any_two_writes_is_finished_by_the_next(
    world: World, before_write: int
) -> None:
    world.bind(max_accounts=1)
    client = world.client()
    await register_and_die(world, client, before_write)
    assert (await client.register((KID, SECRET))).status == 201
    assert (await client.order(NAME)).status == 201
    found = await world.documents.get(Enrollment, enrollment_id(credential().enrollment_scope))
    assert found is not None
    assert len(found.document.accounts) == 1


@pytest.mark.parametrize("write", [1, 2])
async def test_a_registration_whose_write_timed_out_but_landed_succeeds(
    world: World, write: int
) -> None:
    world.store = FaultyStore(world.store, {write: Fault.ANSWER_LOST})
    world.start()
    assert (await world.client().register((KID, SECRET))).status == 201


async def test_an_account_is_read_by_its_owner(world: World) -> None:
    client = await world.bound_client()
    read = await client.follow(str(client.kid))
    unchanged = await client.follow(str(client.kid), {})
    assert (read.status, read.location) == (200, client.kid)
    assert unchanged.body == read.body


async def test_an_account_is_not_read_by_another(world: World) -> None:
    owner, other = await world.bound_client(), await world.bound_client()
    with refused(ErrorType.UNAUTHORIZED, 403):
        await other.follow(str(owner.kid))


async def test_contacts_can_be_changed(world: World) -> None:
    client = await world.bound_client()
    changed = await client.follow(str(client.kid), {"contact": ["mailto:new@acme.test"]})
    assert changed.location == client.kid
    read = await client.follow(str(client.kid))
    assert isinstance(read.body, dict)
    assert read.body["contact"] == ["mailto:new@acme.test"]


async def test_a_deactivated_account_may_do_nothing_more(world: World) -> None:
    client = await world.bound_client()
    reply = await client.follow(str(client.kid), {"status": "deactivated"})
    assert isinstance(reply.body, dict)
    assert reply.body["status"] == "deactivated"
    with refused(ErrorType.UNAUTHORIZED, 401, "deactivated"):
        await client.order(NAME)
    with refused(ErrorType.UNAUTHORIZED, 401, "deactivated"):
        await client.post(Resource.NEW_ACCOUNT, {}, by_key=True)


async def test_a_credential_made_anew_stops_its_accounts_until_they_prove_the_new_secret(
    world: World,
) -> None:
    client = await world.bound_client()
    world.bind(uid="credential-2")
    with refused(ErrorType.UNAUTHORIZED, 403, "made anew", "register again"):
        await client.order(NAME)
    again = await client.register((KID, SECRET))
    assert again.status == 200
    assert (await client.order(NAME)).status == 201


async def test_evicted_accounts_come_back_with_the_new_secret_only(world: World) -> None:
    client = await world.bound_client()
    world.clock.advance(timedelta(minutes=1))
    world.bind(reject_accounts_before_time=world.clock.now())
    with refused(ErrorType.UNAUTHORIZED, 403, "rejects accounts bound before"):
        await client.order(NAME)
    assert (await client.register((KID, bytes(32)))).status == 200
    with refused(ErrorType.UNAUTHORIZED, 403, "rejects accounts bound before"):
        await client.order(NAME)
    await client.register((KID, SECRET))
    assert (await client.order(NAME)).status == 201


async def test_an_unbound_account_is_bound_once_the_profile_requires_it(world: World) -> None:
    world.serve(acme=OPTIONAL)
    client = world.client()
    await client.register()
    assert (await client.order("a.acme.test")).status == 201
    world.serve()
    with refused(ErrorType.EXTERNAL_ACCOUNT_REQUIRED, 403, "register again"):
        await client.order(NAME)
    await client.register((KID, SECRET))
    assert (await client.order(NAME)).status == 201


async def test_who_comes_second_to_a_change_is_asked_to_try_again(world: World) -> None:
    client = await world.bound_client()
    changes = [{"contact": [f"mailto:{each}@acme.test"]} for each in "abcd"]
    outcomes = await asyncio.gather(
        *(client.follow(str(client.kid), change) for change in changes), return_exceptions=True
    )
    refusals = [each for each in outcomes if isinstance(each, BaseException)]
    assert len(refusals) == 3
    for refusal in refusals:
        with refused(ErrorType.SERVER_INTERNAL, 503, "try again"):
            raise refusal


async def test_an_account_is_counted_when_its_grant_begins_to_count(world: World) -> None:
    early = [await world.bound_client() for _ in range(2)]
    world.bind(max_accounts=1)
    assert (await early[0].order(NAME)).status == 201
    with refused(ErrorType.UNAUTHORIZED, 403, "allows 1 accounts"):
        await early[1].order(NAME)
    assert (await early[0].order(NAME)).status == 201


async def test_an_account_is_counted_where_its_credential_is_now(world: World) -> None:
    world.bind(max_accounts=1)
    client = await world.bound_client()
    world.bind(max_accounts=1, grant="others")
    assert (await client.order(NAME)).status == 201
    with refused(ErrorType.UNAUTHORIZED, 403, "grant 'others' allows 1"):
        await world.bound_client()
    world.bind(max_accounts=1)
    assert (await world.bound_client()).kid
