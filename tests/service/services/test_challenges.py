"""Challenges and their validation (RFC 8555 §7.5.1, §8.2)."""

import asyncio
from typing import Any

import pytest

from acme_server.domain.problems import ErrorType
from certwright.bundles.profile import ACMESettings
from certwright.policy.challenges import ChallengeType
from tests.fakes.faulty_store import Fault, FaultyStore
from tests.fakes.validator import after, never
from tests.service.services.client import Client
from tests.service.services.problems import refused
from tests.service.services.test_issuance import object_of
from tests.service.services.world import World

NAME = "web.team-a.acme.test"


async def challenge_for(client: Client, name: str) -> tuple[str, dict[str, Any]]:
    """Order a name and return its authorization's URL and first challenge."""
    body = (await client.order(name)).body
    assert isinstance(body, dict)
    authorization = body["authorizations"][0]
    return authorization, (await object_of(client, authorization))["challenges"][0]


async def final(client: Client, url: str) -> dict[str, Any]:
    """Read a challenge until it is neither pending nor processing."""
    for _ in range(1000):
        found = await object_of(client, url)
        if found["status"] in {"valid", "invalid"}:
            return found
        await asyncio.sleep(0)
    raise AssertionError(f"{url} does not end")


async def test_reading_a_challenge_does_not_start_it(world: World) -> None:
    client = await world.bound_client()
    _, challenge = await challenge_for(client, NAME)
    assert (await object_of(client, challenge["url"]))["status"] == "pending"
    assert world.validator.seen == []


async def test_what_is_met_at_once_is_answered_at_once(world: World) -> None:
    client = await world.bound_client()
    authorization, challenge = await challenge_for(client, NAME)
    reply = await client.follow(challenge["url"], {})
    assert isinstance(reply.body, dict)
    assert reply.body["status"] == "valid"
    assert reply.body["validated"]
    assert reply.location == challenge["url"]
    assert [(link.relation, link.url) for link in reply.links] == [("up", authorization)]
    assert (await object_of(client, authorization))["status"] == "valid"


async def test_the_validator_is_given_the_key_authorization(world: World) -> None:
    client = await world.bound_client()
    _, challenge = await challenge_for(client, NAME)
    await client.follow(challenge["url"], {})
    (seen,) = world.validator.seen
    assert seen.key_authorization == f"{challenge['token']}.{client.thumbprint}"
    assert (seen.type, seen.identifier.value) == (challenge["type"], NAME)


async def test_each_challenge_has_a_token_of_its_own(world: World) -> None:
    client = await world.bound_client()
    authorization, _ = await challenge_for(client, NAME)
    tokens = [each["token"] for each in (await object_of(client, authorization))["challenges"]]
    assert len(set(tokens)) == len(tokens) == 3
    assert all(len(token) == 43 for token in tokens)


async def test_a_solver_that_comes_up_late_is_waited_for(world: World) -> None:
    world.validator.script = after(4)
    client = await world.bound_client()
    authorization, challenge = await challenge_for(client, NAME)
    reply = await client.follow(challenge["url"], {})
    assert isinstance(reply.body, dict)
    assert (reply.body["status"], reply.retry_after) == ("processing", 1)
    assert (await final(client, challenge["url"]))["status"] == "valid"
    assert (await object_of(client, authorization))["status"] == "valid"


async def test_a_failed_attempt_shows_while_others_are_to_come(world: World) -> None:
    world.validator.script = never
    client = await world.bound_client()
    authorization, challenge = await challenge_for(client, NAME)
    await client.follow(challenge["url"], {})
    for _ in range(3):
        await asyncio.sleep(0)
    found = await object_of(client, challenge["url"])
    assert found["status"] == "processing"
    assert found["error"]["detail"] == "connection refused"
    listed = (await object_of(client, authorization))["challenges"]
    assert listed[0]["error"]["detail"] == "connection refused"


async def test_what_is_never_met_ends_invalid_with_its_reason_everywhere(world: World) -> None:
    world.validator.script = never
    client = await world.bound_client()
    order = await client.order(NAME)
    authorization, challenge = await challenge_for(client, NAME)
    await client.follow(challenge["url"], {})
    found = await final(client, challenge["url"])
    assert found["status"] == "invalid"
    assert found["error"]["type"] == "urn:ietf:params:acme:error:connection"
    assert found["error"]["detail"] == "connection refused"
    assert (await object_of(client, authorization))["status"] == "invalid"
    dead = await object_of(client, str(order.location))
    assert dead["status"] == "invalid"
    assert f"authorization for {NAME} failed: connection refused" in dead["error"]["detail"]


async def test_after_a_failure_the_next_order_gets_a_fresh_authorization(world: World) -> None:
    world.validator.script = never
    client = await world.bound_client()
    dead, challenge = await challenge_for(client, NAME)
    await client.follow(challenge["url"], {})
    await final(client, challenge["url"])
    fresh, again = await challenge_for(client, NAME)
    assert fresh != dead
    assert (again["status"], again["token"] != challenge["token"]) == ("pending", True)
    with refused(ErrorType.MALFORMED, 404, "newer one"):
        await client.follow(dead)


@pytest.mark.parametrize("script", [after(0), after(3), never], ids=["met", "late", "never"])
async def test_asking_again_is_no_error_and_starts_nothing_twice(world: World, script: Any) -> None:
    world.validator.script = script
    client = await world.bound_client()
    _, challenge = await challenge_for(client, NAME)
    for _ in range(3):
        assert (await client.follow(challenge["url"], {})).status == 200
    ended = await final(client, challenge["url"])
    attempts = len(world.validator.seen)
    again = (await client.follow(challenge["url"], {})).body
    assert again == ended
    assert len(world.validator.seen) == attempts


async def test_old_clients_may_send_the_key_authorization(world: World) -> None:
    client = await world.bound_client()
    _, challenge = await challenge_for(client, NAME)
    reply = await client.follow(challenge["url"], {"keyAuthorization": "whatever"})
    assert reply.status == 200


async def test_a_slow_attempt_does_not_hold_the_request(world: World) -> None:
    world.validator.hold = asyncio.Event()
    client = await world.bound_client()
    _, challenge = await challenge_for(client, NAME)
    reply = await client.follow(challenge["url"], {})
    assert isinstance(reply.body, dict)
    assert reply.body["status"] == "processing"
    world.validator.hold.set()
    assert (await final(client, challenge["url"]))["status"] == "valid"


async def test_a_challenge_in_the_middle_is_taken_up_after_a_restart(world: World) -> None:
    world.validator.hold = asyncio.Event()
    client = await world.bound_client()
    _, challenge = await challenge_for(client, NAME)
    await client.follow(challenge["url"], {})
    await world.environment.validations.close()
    world.validator.hold = None
    world.start()
    client.dispatcher = world.dispatcher
    assert (await object_of(client, challenge["url"]))["status"] == "processing"
    await world.environment.validations.resume()
    assert (await final(client, challenge["url"]))["status"] == "valid"


async def test_a_proof_counts_though_the_store_was_away_when_it_was_made(world: World) -> None:
    world.validator.script = after(2)
    client = await world.bound_client()
    _, challenge = await challenge_for(client, NAME)
    world.store = FaultyStore(world.store, {2: Fault.LOST, 3: Fault.LOST})
    world.start()
    client.dispatcher = world.dispatcher
    await client.follow(challenge["url"], {})
    assert (await final(client, challenge["url"]))["status"] == "valid"


async def test_a_result_for_a_given_up_authorization_does_not_count(world: World) -> None:
    world.validator.hold = asyncio.Event()
    client = await world.bound_client()
    authorization, challenge = await challenge_for(client, NAME)
    await client.follow(challenge["url"], {})
    await client.follow(authorization, {"status": "deactivated"})
    world.validator.hold.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert (await object_of(client, authorization))["status"] == "deactivated"


async def test_a_challenge_no_longer_offered_can_t_be_started(world: World) -> None:
    client = await world.bound_client()
    _, challenge = await challenge_for(client, NAME)
    others = tuple(each for each in ChallengeType if each != challenge["type"])
    world.serve(acme=ACMESettings(challenges=others))
    with refused(ErrorType.MALFORMED, 400, "no longer offers"):
        await client.follow(challenge["url"], {})


async def test_an_expired_authorization_s_challenge_is_not_started(world: World) -> None:
    client = await world.bound_client()
    _, challenge = await challenge_for(client, NAME)
    world.clock.advance(world.lifetimes.pending_authorization)
    with refused(ErrorType.MALFORMED, 400, "expired"):
        await client.follow(challenge["url"], {})
    assert world.validator.seen == []


async def test_an_unknown_challenge_is_not_found(world: World) -> None:
    client = await world.bound_client()
    authorization, _ = await challenge_for(client, NAME)
    url = authorization.replace("/authorization/", "/challenge/") + "/dns-account-01"
    with refused(ErrorType.MALFORMED, 404, "dns-account-01"):
        await client.follow(url)
