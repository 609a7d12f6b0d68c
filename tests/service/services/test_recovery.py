"""What a server takes up after a restart, and how it shares its attempts."""

import asyncio
from datetime import timedelta
from typing import Any

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.document import Kind
from acme_server.domain.documents.members import StoredIdentifier
from acme_server.domain.documents.states import AuthorizationStatus, ChallengeStatus
from acme_server.ports import Record, ValidationRequest
from acme_server.services.identities import authorization_slot
from acme_server.services.turns import ALL
from certwright.policy.identifiers import parse_dns_name
from tests.service.services.interruptions import (
    NAME,
    settle,
)
from tests.service.services.test_challenges import challenge_for
from tests.service.services.test_issuance import object_of
from tests.service.services.world import World


def processing(world: World, account: str, name: str, **changes: Any) -> Authorization:
    """Return an authorization whose validation was under way when the server stopped."""
    now = world.clock.now()
    identifier = parse_dns_name(name)
    challenge = Challenge(
        type=ChallengeType.HTTP_01,
        token="t" * 43,
        status=ChallengeStatus.PROCESSING,
        started_at=now,
    )
    members: dict[str, Any] = {
        "id": authorization_slot(account, identifier),
        "number": 1,
        "account": account,
        "profile": "pki/web",
        "identifier": StoredIdentifier.of(identifier),
        "expires": now + timedelta(hours=1),
        "challenges": (challenge,),
    }
    return Authorization(**(members | changes))


async def test_every_challenge_under_way_is_taken_up_after_a_restart(world: World) -> None:
    client = await world.bound_client()
    account = str(client.kid).rpartition("/")[2]
    for number in range(1001):
        await world.documents.create(processing(world, account, f"n{number}.{NAME}"))
    await world.environment.validations.resume()
    await quiet(world)
    assert len(world.validator.seen) == 1001
    await world.environment.validations.close()


async def quiet(world: World) -> None:
    """Wait until no more attempts are made."""
    before = -1
    while before != (before := len(world.validator.seen)):
        await settle()


async def test_one_unreadable_document_does_not_keep_the_server_from_starting(
    world: World,
) -> None:
    client = await world.bound_client()
    account = str(client.kid).rpartition("/")[2]
    await world.store.create(
        Record(Kind.AUTHORIZATION, "0" * 40, b'{"schema": 99}', work="validation")
    )
    await world.documents.create(processing(world, account, NAME))
    await world.environment.validations.resume()
    await settle()
    assert len(world.validator.seen) == 1


async def test_an_authorization_that_expired_while_the_server_was_down_stays_expired(
    world: World,
) -> None:
    client = await world.bound_client()
    account = str(client.kid).rpartition("/")[2]
    stored = await world.documents.create(processing(world, account, NAME))
    world.clock.advance(timedelta(days=2))
    await world.environment.validations.resume()
    await settle()
    found = await world.documents.get(Authorization, stored.document.id)
    assert found is not None
    assert found.document.status is not AuthorizationStatus.VALID


class TarPit:
    """A `Validator` whose attempts at names that begin with `slow` end only when told."""

    def __init__(self) -> None:
        self.drained = asyncio.Event()

    async def attempt(self, request: ValidationRequest) -> None:
        """Find every challenge met; take for ever where the target does."""
        if request.identifier.value.startswith("slow"):
            await self.drained.wait()


async def test_one_account_s_slow_targets_do_not_stop_the_others_validations(
    world: World,
) -> None:
    pit = TarPit()
    world.validator = pit  # type: ignore[assignment]
    world.start()
    hostile, honest = await world.bound_client(), await world.bound_client()
    urls: list[str] = []
    for start in range(0, ALL, 100):
        order = (await hostile.order(*(f"slow{start + n}.{NAME}" for n in range(100)))).body
        assert isinstance(order, dict)
        opened = [await object_of(hostile, url) for url in order["authorizations"]]
        urls += [each["challenges"][0]["url"] for each in opened]
    await asyncio.gather(*(hostile.follow(url, {}) for url in urls))
    _, challenge = await challenge_for(honest, NAME)
    reply = (await honest.follow(challenge["url"], {})).body
    pit.drained.set()
    await world.environment.validations.close()
    assert isinstance(reply, dict)
    assert reply["status"] == "valid"
