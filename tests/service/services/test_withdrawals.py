"""What a grant, a credential or a profile gave counts no more once it is withdrawn."""

import pytest

from acme_server.domain.documents.document import Kind
from acme_server.domain.problems import ACMEError, ErrorType
from certwright.bundles.document import ProfileReference
from tests.service.services.client import Client, base64url, signing_request
from tests.service.services.interruptions import (
    NAME,
    OTHER_KID,
    bind_other,
    interrupted,
    outcome,
)
from tests.service.services.problems import refused
from tests.service.services.test_issuance import issue, leaf_of, ready_order
from tests.service.services.world import KID, SECRET, World


async def a_foreign_certificate(world: World) -> tuple[Client, str]:
    """Return an account that skips validation, and another's certificate for a proved name."""
    certificate = leaf_of(
        await (owner := await world.bound_client()).follow(await issue(owner, NAME))
    )
    bind_other(world, validation=False)
    skipper = world.client()
    await skipper.register((OTHER_KID, SECRET))
    await ready_order(skipper, NAME)
    return skipper, base64url(certificate)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"validation": True}, id="validation is required now"),
        pytest.param({"validation": False, "suspend": True}, id="the credential is suspended"),
        pytest.param({"validation": False, "uid": "credential-10"}, id="the credential is another"),
    ],
)
async def test_a_skipped_validation_revokes_nobody_s_certificate_once_it_is_withdrawn(
    world: World, changes: dict[str, object]
) -> None:
    skipper, certificate = await a_foreign_certificate(world)
    bind_other(world, **changes)
    with refused(ErrorType.UNAUTHORIZED, 403):
        await skipper.revoke(certificate)


async def test_a_credential_of_an_earlier_profile_of_the_same_name_gives_nothing(
    world: World,
) -> None:
    client = await world.bound_client()
    world.bind(profile=ProfileReference(namespace="pki", name="web", uid="profile-0"))
    assert isinstance(await outcome(client.order(NAME)), ACMEError)
    assert isinstance(await outcome(world.client().register((KID, SECRET))), ACMEError)


async def test_a_profile_withdrawn_while_finalize_runs_signs_nothing(world: World) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    store = interrupted(world, client)

    async def withdraw() -> None:
        world.serve(refusal="CertificateAuthority pki/issuing is gone")

    store.before("get", Kind.ORDER, withdraw)
    with refused(ErrorType.UNAUTHORIZED, 403, "is gone"):
        await client.finalize(order, signing_request(NAME))
