"""Account key rollover (RFC 8555 §7.3.5)."""

import asyncio
import json
from typing import Any

import pytest

from acme_server.domain.problems import ErrorType
from acme_server.protocol.replies import Reply
from acme_server.protocol.resources import Resource
from tests.fakes.faulty_store import Fault, FaultyStore, WriterKilled
from tests.service.services.client import Client, ClientKey, signing_request
from tests.service.services.problems import refused
from tests.service.services.test_issuance import ready_order
from tests.service.services.world import KID, SECRET, World

NAME = "web.team-a.acme.test"


async def change(client: Client, new: ClientKey) -> Reply:
    """Ask for a new key, and use it from now on."""
    inner = new.sign(
        {"jwk": new.jwk, "url": client.urls.key_change},
        json.dumps({"account": client.kid, "oldKey": client.key.jwk}).encode(),
    )
    reply = await client.post(Resource.KEY_CHANGE, json.loads(inner))
    client.key = new
    return reply


async def test_a_new_key_has_the_account_and_the_old_one_has_not(world: World) -> None:
    client = await world.bound_client()
    old = client.key
    reply = await change(client, ClientKey())
    assert (reply.status, reply.location) == (200, client.kid)
    assert (await client.order(NAME)).status == 201
    client.key = old
    with refused(ErrorType.MALFORMED, 400, "signature"):
        await client.order(NAME)
    with refused(ErrorType.ACCOUNT_DOES_NOT_EXIST, 400):
        await client.post(Resource.NEW_ACCOUNT, {"onlyReturnExisting": True}, by_key=True)


async def test_another_account_s_key_is_refused_with_that_account_s_url(world: World) -> None:
    client, other = await world.bound_client(), await world.bound_client()
    with refused(ErrorType.MALFORMED, 409) as refusal:
        await change(client, other.key)
    assert refusal.error is not None
    assert refusal.error.location == other.kid


async def test_of_two_changes_to_one_key_at_once_one_wins(world: World) -> None:
    clients = [await world.bound_client() for _ in range(2)]
    new = ClientKey()
    outcomes = await asyncio.gather(
        *(change(client, new) for client in clients), return_exceptions=True
    )
    assert sum(isinstance(each, Reply) for each in outcomes) == 1


async def test_a_past_key_can_be_registered_again_by_another_account(world: World) -> None:
    client = await world.bound_client()
    past = client.key
    await change(client, ClientKey())
    newcomer = world.client()
    newcomer.key = past
    reply = await newcomer.register((KID, SECRET))
    assert (reply.status, reply.location != client.kid) == (201, True)
    assert (await client.order(NAME)).status == 201


async def test_a_past_key_gets_no_certificate(world: World) -> None:
    client = await world.bound_client()
    past = client.key
    await change(client, ClientKey())
    order = await ready_order(client, NAME)
    with refused(ErrorType.BAD_CSR, 400, "account's"):
        await client.finalize(order, signing_request(NAME, key=past.private))


async def test_a_key_can_go_back_to_an_earlier_one(world: World) -> None:
    client = await world.bound_client()
    first = client.key
    await change(client, ClientKey())
    await change(client, first)
    assert (await client.order(NAME)).status == 201


@pytest.mark.parametrize("fault", [Fault.KILLED_BEFORE, Fault.KILLED_AFTER])
@pytest.mark.parametrize("write", [1, 2, 3])
async def test_a_change_killed_at_any_write_leaves_one_key_in_force_and_can_be_repeated(
    world: World, write: int, fault: Fault
) -> None:
    client = await world.bound_client()
    old, new = client.key, ClientKey()
    sound = world.store
    world.store = FaultyStore(sound, {write: fault})
    revive(world, client)
    with pytest.raises(WriterKilled):
        await change(client, new)
    world.store = sound
    revive(world, client)
    committed = (write, fault) == (3, Fault.KILLED_AFTER)
    client.key = new if committed else old
    assert (await client.order(NAME)).status == 201
    if not committed:
        await change(client, new)
        assert (await client.order(NAME)).status == 201


async def test_a_newcomer_may_take_a_key_that_a_dead_change_had_claimed(world: World) -> None:
    client = await world.bound_client()
    old, wanted = client.key, ClientKey()
    sound = world.store
    world.store = FaultyStore(sound, {3: Fault.KILLED_BEFORE})
    revive(world, client)
    with pytest.raises(WriterKilled):
        await change(client, wanted)
    world.store = sound
    revive(world, client)
    client.key = old
    newcomer = world.client()
    newcomer.key = wanted
    reply = await newcomer.register((KID, SECRET))
    assert (reply.status, reply.location != client.kid) == (201, True)
    with refused(ErrorType.MALFORMED, 409):
        await change(client, wanted)


def revive(world: World, client: Client) -> None:
    world.start()
    client.dispatcher = world.dispatcher


@pytest.mark.parametrize(
    ("account", "old_key", "said"),
    [
        pytest.param("https://acme.example/other", None, "account URL", id="other account"),
        pytest.param(None, ClientKey().jwk, "present key", id="other old key"),
    ],
)
async def test_a_change_must_name_the_account_and_its_present_key(
    world: World, account: str | None, old_key: Any, said: str
) -> None:
    client = await world.bound_client()
    new = ClientKey()
    payload = {"account": account or client.kid, "oldKey": old_key or client.key.jwk}
    inner = new.sign({"jwk": new.jwk, "url": client.urls.key_change}, json.dumps(payload).encode())
    with refused(ErrorType.MALFORMED, 400, said):
        await client.post(Resource.KEY_CHANGE, json.loads(inner))
