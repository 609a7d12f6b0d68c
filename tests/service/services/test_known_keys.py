"""A key that has an account is answered with it, whatever has become of its binding."""

import pytest

from acme_server.domain.problems import ErrorType
from certwright.bundles.credential import CredentialSecret, encode_secret
from tests.service.services.interruptions import (
    NAME,
    NEW_SECRET,
    outcome,
)
from tests.service.services.problems import refused
from tests.service.services.world import KID, SECRET, World, credential


@pytest.mark.parametrize(
    ("changes", "secret"),
    [
        pytest.param({"suspend": True}, SECRET, id="suspended"),
        pytest.param({"refusal": "no grant is for the namespace"}, SECRET, id="grant withdrawn"),
        pytest.param({"uid": "credential-2"}, bytes(32), id="made anew with another secret"),
    ],
)
async def test_a_known_key_is_answered_200_whatever_has_become_of_its_binding(
    world: World, changes: dict[str, object], secret: bytes
) -> None:
    client = await world.bound_client()
    world.bind(**changes)
    reply = await client.register((KID, secret))
    assert (reply.status, reply.location) == (200, client.kid)
    with refused(ErrorType.UNAUTHORIZED, 403):
        await client.order(NAME)


async def test_a_known_key_is_answered_200_after_its_credential_was_deleted(world: World) -> None:
    client = await world.bound_client()
    del world.bundles.credentials[KID]
    assert (await client.register((KID, SECRET))).status == 200


async def test_a_known_key_is_answered_200_when_no_place_is_left_to_bind_it_anew(
    world: World,
) -> None:
    client = await world.bound_client()
    world.bind(uid="credential-2", max_accounts=1)
    await world.bound_client()
    assert (await client.register((KID, SECRET))).status == 200


async def test_a_dead_binding_can_t_be_renewed_with_another_namespace_s_secret(
    world: World,
) -> None:
    client = await world.bound_client()
    world.bind(uid="credential-2")
    world.bundles.credentials["team-b.default"] = credential(
        namespace="team-b",
        secrets=(CredentialSecret(revision=1, secret=encode_secret(NEW_SECRET)),),
    )
    await outcome(client.register(("team-b.default", SECRET)))
    with refused(ErrorType.UNAUTHORIZED, 403, "made anew"):
        await client.order(NAME)
