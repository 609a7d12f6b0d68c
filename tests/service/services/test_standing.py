"""What stops an account from ordering, and what it may still do then."""

from dataclasses import replace

import pytest

from acme_server.domain.problems import ErrorType
from certwright.bundles.document import ProfileReference
from tests.service.services.client import base64url, signing_request
from tests.service.services.problems import refused
from tests.service.services.test_issuance import issue, leaf_of
from tests.service.services.world import KID, World

NAME = "web.team-a.acme.test"

REFUSALS = [
    pytest.param({"suspend": True}, "suspended", id="suspended"),
    pytest.param({"refusal": "the grant was withdrawn"}, "withdrawn", id="grant withdrawn"),
    pytest.param(
        {"profile": ProfileReference(namespace="pki", name="other", uid="2")},
        "now for another profile, pki/other",
        id="moved to another profile",
    ),
]


@pytest.mark.parametrize(("changes", "said"), REFUSALS)
async def test_a_refused_credential_stops_orders_challenges_and_finalize(
    world: World, changes: dict[str, object], said: str
) -> None:
    client = await world.bound_client()
    ready = (await client.order(NAME)).body
    pending = (await client.order(f"other.{NAME}")).body
    assert isinstance(ready, dict)
    assert isinstance(pending, dict)
    first = (await client.follow(ready["authorizations"][0])).body
    second = (await client.follow(pending["authorizations"][0])).body
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    await client.follow(first["challenges"][0]["url"], {})
    world.bind(**changes)
    with refused(ErrorType.UNAUTHORIZED, 403, said):
        await client.order(NAME)
    with refused(ErrorType.UNAUTHORIZED, 403, said):
        await client.follow(second["challenges"][0]["url"], {})
    with refused(ErrorType.UNAUTHORIZED, 403, said):
        await client.finalize(ready, signing_request(NAME))


async def test_a_deleted_credential_stops_orders(world: World) -> None:
    client = await world.bound_client()
    del world.bundles.credentials[KID]
    with refused(ErrorType.UNAUTHORIZED, 403, KID, "deleted"):
        await client.order(NAME)


async def test_a_refusing_profile_stops_orders_and_says_why(world: World) -> None:
    client = await world.bound_client()
    world.serve(refusal="CertificateAuthority pki/issuing is gone")
    with refused(ErrorType.UNAUTHORIZED, 403, "pki/issuing is gone"):
        await client.order(NAME)


async def test_whoever_may_not_order_may_still_read_deactivate_and_revoke(world: World) -> None:
    client = await world.bound_client()
    url = await issue(client, NAME)
    order = (await client.order(NAME)).body
    assert isinstance(order, dict)
    world.bind(suspend=True)
    certificate = leaf_of(await client.follow(url))
    authorization = order["authorizations"][0]
    given_up = await client.follow(authorization, {"status": "deactivated"})
    assert isinstance(given_up.body, dict)
    assert given_up.body["status"] == "deactivated"
    revoked = await client.revoke(base64url(certificate))
    assert revoked.status == 200
    assert (await client.follow(str(client.kid), {"status": "deactivated"})).status == 200


async def test_a_profile_without_its_authority_answers_503(world: World) -> None:
    client = await world.bound_client()
    held = world.bundles.profiles.pop("pki/web")
    with refused(ErrorType.SERVER_INTERNAL, 503, "no profile pki/web") as refusal:
        await client.order(NAME)
    assert refusal.error is not None
    assert refusal.error.retry_after
    world.bundles.profiles["pki/web"] = replace(held, signer=None)
    with refused(ErrorType.SERVER_INTERNAL, 503, "isn't ready yet"):
        await client.order(NAME)
