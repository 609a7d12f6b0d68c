"""revokeCert (RFC 8555 §7.6)."""

import asyncio

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.problems import ErrorType
from acme_server.protocol.replies import Reply
from tests.service.services.client import Client, ClientKey, base64url, signing_request
from tests.service.services.problems import refused
from tests.service.services.test_issuance import leaf_of, ready_order
from tests.service.services.world import World

NAME = "web.team-a.acme.test"


async def issued(client: Client, key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
    """Return a fresh certificate in DER."""
    order = await ready_order(client, NAME)
    done = (await client.finalize(order, signing_request(NAME, key=key))).body
    assert isinstance(done, dict)
    return leaf_of(await client.follow(done["certificate"]))


async def stored(world: World) -> Certificate:
    (found,) = [each.document async for each in world.documents.scan(Certificate)]
    return found


async def test_the_account_that_has_it_revokes_a_certificate(world: World) -> None:
    client = await world.bound_client()
    reply = await client.revoke(base64url(await issued(client)), reason=4)
    assert (reply.status, reply.body) == (200, None)
    revocation = (await stored(world)).revocation
    assert revocation is not None
    assert (revocation.time, revocation.reason) == (world.clock.now(), 4)
    assert revocation.by == f"account:{str(client.kid).rpartition('/')[2]}"


async def test_its_own_key_revokes_a_certificate_without_an_account(world: World) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = await issued(await world.bound_client(), key)
    holder = world.client()
    holder.key = ClientKey(key)
    assert (await holder.revoke(base64url(certificate), by_key=True)).status == 200
    revocation = (await stored(world)).revocation
    assert revocation is not None
    assert revocation.by == "certificate-key"


async def test_another_key_does_not_revoke_it(world: World) -> None:
    certificate = await issued(await world.bound_client())
    with refused(ErrorType.UNAUTHORIZED, 403, "isn't the certificate's"):
        await world.client().revoke(base64url(certificate), by_key=True)


async def test_another_account_revokes_it_only_if_it_controls_all_names(world: World) -> None:
    certificate = await issued(await world.bound_client())
    other = await world.bound_client()
    with refused(ErrorType.UNAUTHORIZED, 403, "does not hold valid authorizations"):
        await other.revoke(base64url(certificate))
    await ready_order(other, NAME)
    assert (await other.revoke(base64url(certificate))).status == 200


async def test_a_certificate_is_revoked_once(world: World) -> None:
    client = await world.bound_client()
    certificate = base64url(await issued(client))
    outcomes = await asyncio.gather(
        *(client.revoke(certificate) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(each, Reply) for each in outcomes) == 1
    with refused(ErrorType.ALREADY_REVOKED, 400):
        await client.revoke(certificate)


@pytest.mark.parametrize("reason", [2, 6, 7, 10, 99])
async def test_a_reason_that_is_not_the_subscriber_s_is_refused(world: World, reason: int) -> None:
    client = await world.bound_client()
    certificate = base64url(await issued(client))
    with refused(ErrorType.BAD_REVOCATION_REASON, 400):
        await client.revoke(certificate, reason=reason)
    assert (await stored(world)).revocation is None


async def test_what_was_never_issued_here_is_not_found(world: World) -> None:
    client = await world.bound_client()
    found = x509.load_der_x509_certificate(await issued(client))
    key = ec.generate_private_key(ec.SECP256R1())
    forged = (
        x509.CertificateBuilder()
        .issuer_name(found.issuer)
        .subject_name(found.subject)
        .serial_number(found.serial_number)
        .public_key(key.public_key())
        .not_valid_before(found.not_valid_before_utc)
        .not_valid_after(found.not_valid_after_utc)
        .sign(key, SHA256())
    )
    with refused(ErrorType.MALFORMED, 404, "not issued by this profile"):
        await client.revoke(base64url(forged.public_bytes(Encoding.DER)))


async def test_what_is_no_certificate_is_malformed(world: World) -> None:
    client = await world.bound_client()
    with refused(ErrorType.MALFORMED, 400, "not a certificate"):
        await client.revoke(base64url(b"nonsense"))
