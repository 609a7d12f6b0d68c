"""Orders and authorizations (RFC 8555 §7.4, §7.5)."""

import asyncio
from datetime import timedelta

import pytest

from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.documents.orders import Order
from acme_server.domain.problems import ErrorType
from acme_server.protocol.resources import Resource
from acme_server.services.orders import PAGE
from certwright.bundles.profile import ACMESettings
from certwright.policy.challenges import ChallengeType
from tests.fakes.faulty_store import Fault, FaultyStore
from tests.fakes.validator import never
from tests.service.services.client import Client, signing_request
from tests.service.services.problems import refused
from tests.service.services.test_issuance import issue, object_of, ready_order
from tests.service.services.world import World

NAME = "web.team-a.acme.test"


async def test_an_order_lists_its_names_and_an_authorization_for_each(world: World) -> None:
    client = await world.bound_client()
    reply = await client.order(NAME, f"b.{NAME}")
    assert (reply.status, reply.location is not None) == (201, True)
    assert isinstance(reply.body, dict)
    assert reply.body["status"] == "pending"
    assert [each["value"] for each in reply.body["identifiers"]] == [NAME, f"b.{NAME}"]
    found = [await object_of(client, url) for url in reply.body["authorizations"]]
    assert [each["identifier"]["value"] for each in found] == [NAME, f"b.{NAME}"]
    assert {each["status"] for each in found} == {"pending"}


async def test_repeated_names_are_one_name(world: World) -> None:
    client = await world.bound_client()
    body = (await client.order(NAME, NAME.upper())).body
    assert isinstance(body, dict)
    assert len(body["authorizations"]) == 1


async def test_names_outside_policy_are_refused_before_any_challenge_and_all_at_once(
    world: World,
) -> None:
    client = await world.bound_client()
    with refused(ErrorType.REJECTED_IDENTIFIER, 400, "b.example", "c.example") as refusal:
        await client.order(NAME, "b.example", "c.example")
    named = {str(each.identifier) for each in refusal.problem.subproblems}
    assert named == {"b.example", "c.example"}
    assert [each async for each in world.documents.scan(Authorization)] == []
    assert [each async for each in world.documents.scan(Order)] == []


async def test_a_name_outside_the_grant_is_refused(world: World) -> None:
    client = await world.bound_client()
    with refused(ErrorType.REJECTED_IDENTIFIER, 400, "web.team-b.acme.test", "grant teams"):
        await client.order("web.team-b.acme.test")


async def test_a_name_outside_the_authority_s_constraints_is_refused_before_any_challenge(
    world: World,
) -> None:
    client = await world.bound_client()
    with refused(ErrorType.REJECTED_IDENTIFIER, 400, "authority", "constrained.team-a.acme.test"):
        await client.order("web.constrained.team-a.acme.test")
    assert [each async for each in world.documents.scan(Authorization)] == []


async def test_an_address_has_no_dns_challenge(world: World) -> None:
    world.bind(scopes=())
    client = await world.bound_client()
    payload = {"identifiers": [{"type": "ip", "value": "192.0.2.7"}]}
    body = (await client.post(Resource.NEW_ORDER, payload)).body
    assert isinstance(body, dict)
    found = await object_of(client, body["authorizations"][0])
    assert {each["type"] for each in found["challenges"]} == {"http-01", "tls-alpn-01"}


async def test_a_wildcard_is_proved_by_dns_alone_under_its_base_name(world: World) -> None:
    client = await world.bound_client()
    body = (await client.order("*.wild.team-a.acme.test")).body
    assert isinstance(body, dict)
    found = await object_of(client, body["authorizations"][0])
    assert found["identifier"]["value"] == "wild.team-a.acme.test"
    assert found["wildcard"] is True
    assert [each["type"] for each in found["challenges"]] == ["dns-01"]


async def test_a_wildcard_that_no_challenge_can_prove_is_refused(world: World) -> None:
    world.serve(acme=ACMESettings(challenges=(ChallengeType.HTTP_01,)))
    client = await world.bound_client()
    with refused(ErrorType.REJECTED_IDENTIFIER, 400, "http-01"):
        await client.order("*.wild.team-a.acme.test")


async def test_a_profile_is_not_chosen_in_the_order(world: World) -> None:
    client = await world.bound_client()
    with refused(ErrorType.INVALID_PROFILE, 400, "directory of its own"):
        await client.order(NAME, profile="short")


async def test_a_valid_authorization_serves_the_next_order(world: World) -> None:
    client = await world.bound_client()
    await ready_order(client, NAME)
    body = (await client.order(NAME)).body
    assert isinstance(body, dict)
    assert body["status"] == "ready"


async def test_an_authorization_that_soon_expires_is_not_reused(world: World) -> None:
    client = await world.bound_client()
    await ready_order(client, NAME)
    world.clock.advance(world.lifetimes.authorization - timedelta(minutes=4))
    body = (await client.order(NAME)).body
    assert isinstance(body, dict)
    assert body["status"] == "pending"


async def test_two_orders_for_one_name_share_a_pending_authorization(world: World) -> None:
    client = await world.bound_client()
    replies = await asyncio.gather(*(client.order(NAME) for _ in range(5)))
    urls = {
        url
        for reply in replies
        if isinstance(reply.body, dict)
        for url in authorizations(reply.body)
    }
    assert len(urls) == 1


def authorizations(order: dict[str, list[str]]) -> list[str]:
    return order["authorizations"]


async def test_an_authorization_offers_what_the_profile_offers_now(world: World) -> None:
    client = await world.bound_client()
    await client.order(NAME)
    world.serve(acme=ACMESettings(challenges=(ChallengeType.DNS_01,)))
    body = (await client.order(NAME)).body
    assert isinstance(body, dict)
    found = await object_of(client, body["authorizations"][0])
    assert [each["type"] for each in found["challenges"]] == ["dns-01"]


async def test_a_proof_by_a_challenge_no_longer_offered_is_not_reused(world: World) -> None:
    client = await world.bound_client()
    await ready_order(client, NAME)
    world.serve(acme=ACMESettings(challenges=(ChallengeType.DNS_01,)))
    body = (await client.order(NAME)).body
    assert isinstance(body, dict)
    assert body["status"] == "pending"


async def test_an_order_whose_authorization_was_renumbered_is_dead(world: World) -> None:
    client = await world.bound_client()
    old = await client.order(NAME)
    world.serve(acme=ACMESettings(challenges=(ChallengeType.DNS_01,)))
    await client.order(NAME)
    order = await object_of(client, str(old.location))
    assert order["status"] == "invalid"
    assert "newer" in order["error"]["detail"]


async def test_a_valid_order_stays_valid_whatever_becomes_of_its_authorizations(
    world: World,
) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    reply = await client.finalize(order, signing_request(NAME))
    await client.follow(order["authorizations"][0], {"status": "deactivated"})
    world.clock.advance(timedelta(days=8))
    assert (await object_of(client, str(reply.location)))["status"] == "valid"


async def test_an_expired_order_is_invalid(world: World) -> None:
    client = await world.bound_client()
    reply = await client.order(NAME)
    world.clock.advance(world.lifetimes.order)
    order = await object_of(client, str(reply.location))
    assert (order["status"], order["error"]["detail"]) == ("invalid", "the order has expired")


async def test_an_order_dies_with_its_deactivated_authorization(world: World) -> None:
    client = await world.bound_client()
    reply = await client.order(NAME)
    order = await object_of(client, str(reply.location))
    gone = (await client.follow(order["authorizations"][0], {"status": "deactivated"})).body
    assert isinstance(gone, dict)
    assert gone["status"] == "deactivated"
    assert (await object_of(client, str(reply.location)))["status"] == "invalid"
    with refused(ErrorType.ORDER_NOT_READY, 403, "deactivated"):
        await client.finalize(order, signing_request(NAME))
    with refused(ErrorType.MALFORMED, 400, "deactivated"):
        await client.follow(order["authorizations"][0], {"status": "deactivated"})


async def test_why_an_order_died_is_kept_once_somebody_asked(world: World) -> None:
    client = await world.bound_client()
    reply = await client.order(NAME)
    order = await object_of(client, str(reply.location))
    await client.follow(order["authorizations"][0], {"status": "deactivated"})
    asked = [await object_of(client, str(reply.location)) for _ in range(2)]
    await client.order(NAME)
    again = await object_of(client, str(reply.location))
    assert "deactivated" in again["error"]["detail"]
    assert [each["error"] for each in asked] == [again["error"]] * 2


async def test_an_expired_authorization_says_so(world: World) -> None:
    client = await world.bound_client()
    body = (await client.order(NAME)).body
    assert isinstance(body, dict)
    world.clock.advance(world.lifetimes.pending_authorization)
    assert (await object_of(client, body["authorizations"][0]))["status"] == "expired"


async def test_another_account_sees_neither_order_nor_authorization(world: World) -> None:
    owner, other = await world.bound_client(), await world.bound_client()
    reply = await owner.order(NAME)
    order = await object_of(owner, str(reply.location))
    found = await object_of(owner, order["authorizations"][0])
    urls = [str(reply.location), order["authorizations"][0], found["challenges"][0]["url"]]
    for url in urls:
        with refused(ErrorType.MALFORMED, 404):
            await other.follow(url)
    with refused(ErrorType.MALFORMED, 404):
        await other.finalize(order, signing_request(NAME))
    with refused(ErrorType.MALFORMED, 404):
        await other.follow(f"{owner.kid}/orders")


async def test_reading_takes_an_empty_payload(world: World) -> None:
    client = await world.bound_client()
    reply = await client.order(NAME)
    with refused(ErrorType.MALFORMED, 400, "payload must be empty"):
        await client.follow(str(reply.location), {})


async def test_the_list_of_orders_has_pages_without_invalid_ones(world: World) -> None:
    client = await world.bound_client()
    urls = {str((await client.order(NAME)).location) for _ in range(PAGE + 3)}
    dead = await client.order(f"dead.{NAME}")
    order = await object_of(client, str(dead.location))
    await client.follow(order["authorizations"][0], {"status": "deactivated"})
    assert await listed(client) == urls


async def listed(client: Client) -> set[str]:
    found: set[str] = set()
    url: str | None = f"{client.kid}/orders"
    while url is not None:
        reply = await client.follow(url)
        assert isinstance(reply.body, dict)
        found |= set(reply.body["orders"])
        url = next((link.url for link in reply.links if link.relation == "next"), None)
    return found


async def test_a_grant_may_skip_validation(world: World) -> None:
    world.bind(validation=False)
    world.validator.script = never
    client = await world.bound_client()
    assert await issue(client, NAME)
    assert world.validator.seen == []


async def test_a_skipped_validation_is_worth_nothing_once_it_is_required(world: World) -> None:
    world.bind(validation=False)
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    world.bind(validation=True)
    with refused(ErrorType.ORDER_NOT_READY, 403, "validation has become required"):
        await client.finalize(order, signing_request(NAME))
    body = (await client.order(NAME)).body
    assert isinstance(body, dict)
    assert body["status"] == "pending"


@pytest.mark.parametrize("write", [1, 2, 3])
async def test_an_order_whose_write_timed_out_but_landed_is_made_once(
    world: World, write: int
) -> None:
    client = await world.bound_client()
    world.store = FaultyStore(world.store, {write: Fault.ANSWER_LOST})
    world.start()
    client.dispatcher = world.dispatcher
    await ready_order(client, NAME, f"b.{NAME}")
    assert len([each async for each in world.documents.scan(Order)]) == 1


async def test_a_one_name_certificate_costs_five_writes_at_most(world: World) -> None:
    client = await world.bound_client()
    await issue(client, f"first.{NAME}")
    counting = FaultyStore(world.store)
    world.store = counting
    world.start()
    client.dispatcher = world.dispatcher
    await issue(client, NAME)
    assert counting.writes <= 5
