"""Requests that meet each other, and what they may not bring about."""

import asyncio
from datetime import timedelta
from typing import Any

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.documents.document import Kind
from acme_server.domain.problems import ACMEError, ErrorType
from acme_server.ports import Select, ValidationRequest
from acme_server.protocol.keys import parse_jwk
from acme_server.protocol.replies import Reply
from tests.fakes.validator import after, never
from tests.service.services.client import Client, ClientKey, signing_request
from tests.service.services.interruptions import (
    NAME,
    interrupted,
    outcome,
    settle,
)
from tests.service.services.problems import refused
from tests.service.services.test_challenges import challenge_for
from tests.service.services.test_issuance import object_of, ready_order
from tests.service.services.test_key_changes import change
from tests.service.services.world import KID, SECRET, World


async def test_a_past_key_taken_by_two_at_once_is_one_account_s(world: World) -> None:
    client = await world.bound_client()
    past = client.key
    await change(client, ClientKey())
    newcomer = world.client()
    newcomer.key = past
    store = interrupted(world, client, newcomer)
    store.before("replace", Kind.ACCOUNT_KEY, lambda: change(client, past))
    await outcome(newcomer.register((KID, SECRET)))
    holders = [
        each.document.id
        async for each in world.documents.scan(Account)
        if parse_jwk(each.document.key).thumbprint == newcomer.thumbprint
    ]
    assert len(holders) == 1


async def test_a_key_that_was_refused_an_account_can_be_changed_to(world: World) -> None:
    client, turned_away = await world.bound_client(), world.client()
    world.bind(max_accounts=1)
    await world.bound_client()
    with refused(ErrorType.UNAUTHORIZED, 403, "allows 1 accounts"):
        await turned_away.register((KID, SECRET))
    assert (await change(client, turned_away.key)).status == 200


async def test_account_updates_at_once_are_no_error_of_the_server(world: World) -> None:
    client = await world.bound_client()
    updates = (
        outcome(client.follow(str(client.kid), {"contact": [f"mailto:{n}@acme.test"]}))
        for n in "abc"
    )
    outcomes = await asyncio.gather(*updates)
    assert any(isinstance(each, Reply) for each in outcomes)
    assert {e.problem.status for e in outcomes if isinstance(e, ACMEError)} <= {503}


async def test_deactivations_at_once_are_no_error_of_the_server(world: World) -> None:
    client = await world.bound_client()
    asked = (outcome(client.follow(str(client.kid), {"status": "deactivated"})) for _ in range(3))
    outcomes = await asyncio.gather(*asked)
    assert any(isinstance(each, Reply) for each in outcomes)
    assert {e.problem.status for e in outcomes if isinstance(e, ACMEError)} <= {401, 503}


async def test_bindings_anew_at_once_are_no_error_of_the_server(world: World) -> None:
    client = await world.bound_client()
    world.bind(uid="credential-2")
    twins = [Client(world.dispatcher, client.urls, client.key) for _ in range(3)]
    outcomes = await asyncio.gather(*(outcome(each.register((KID, SECRET))) for each in twins))
    assert any(isinstance(each, Reply) for each in outcomes)
    assert {e.problem.status for e in outcomes if isinstance(e, ACMEError)} <= {503}


async def test_two_challenges_met_at_once_make_one_valid_authorization(world: World) -> None:
    client = await world.bound_client()
    authorization, _ = await challenge_for(client, NAME)
    urls = [each["url"] for each in (await object_of(client, authorization))["challenges"]]
    outcomes = await asyncio.gather(*(outcome(client.follow(url, {})) for url in urls))
    assert all(isinstance(each, Reply) for each in outcomes)
    assert (await object_of(client, authorization))["status"] == "valid"


async def test_a_challenge_met_after_its_authorization_was_given_up_is_no_error_of_the_server(
    world: World,
) -> None:
    client = await world.bound_client()
    store = interrupted(world, client)
    authorization, challenge = await challenge_for(client, NAME)

    async def give_up() -> None:
        await client.follow(authorization, {"status": "deactivated"})

    store.before("get", Kind.AUTHORIZATION, give_up, skip=1)
    await outcome(client.follow(challenge["url"], {}))
    assert (await object_of(client, authorization))["status"] == "deactivated"


async def test_an_unmet_challenge_of_a_valid_authorization_is_worked_on_no_more(
    world: World,
) -> None:
    met = after(0)

    def only_dns(request: ValidationRequest, before: int) -> Any:
        return (met if request.type is ChallengeType.DNS_01 else never)(request, before)

    world.validator.script = only_dns
    client = await world.bound_client()
    authorization, _ = await challenge_for(client, NAME)
    urls = {e["type"]: e["url"] for e in (await object_of(client, authorization))["challenges"]}
    await client.follow(urls["http-01"], {})
    await client.follow(urls["dns-01"], {})
    await settle()
    assert (await object_of(client, authorization))["status"] == "valid"
    pending = [
        e async for e in world.documents.scan(Authorization, Select.PENDING_WORK, "validation")
    ]
    assert pending == []


async def test_a_ready_order_is_not_killed_by_the_next_order_for_its_name(world: World) -> None:
    client = await world.bound_client()
    await ready_order(client, NAME)
    three_hours = world.lifetimes.pending_authorization / 8
    world.clock.advance(world.lifetimes.authorization - three_hours - timedelta(minutes=1))
    first = await ready_order(client, NAME)
    world.clock.advance(timedelta(minutes=2))
    await client.order(NAME)
    assert (await client.finalize(first, signing_request(NAME))).status == 200


async def test_an_order_whose_validation_took_a_while_keeps_its_not_before(world: World) -> None:
    client = await world.bound_client()
    wanted = world.clock.now().isoformat()
    order = await ready_order(client, NAME, notBefore=wanted)
    world.clock.advance(timedelta(minutes=10))
    assert (await client.finalize(order, signing_request(NAME))).status == 200


async def test_a_proof_is_worth_something_though_the_grant_skips_validation_now(
    world: World,
) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    world.bind(validation=False)
    await client.order(NAME)
    assert (await client.finalize(order, signing_request(NAME))).status == 200
