"""From an order to a certificate, as RFC 8555 §7.4 has it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.problems import ErrorType
from acme_server.protocol.replies import PEM_CHAIN, Reply
from tests.fakes.faulty_store import Fault, FaultyStore, WriterKilled
from tests.service.services.client import Client, signing_request
from tests.service.services.problems import refused
from tests.service.services.world import TEMPLATE, World

NAME = "web.team-a.acme.test"


async def ready_order(client: Client, *names: str, **more: Any) -> dict[str, Any]:
    """Order names, meet their challenges and return the order, ready."""
    reply = await client.order(*names, **more)
    order = await object_of(client, str(reply.location))
    for url in order["authorizations"]:
        authorization = await object_of(client, url)
        if authorization["status"] == "pending":
            await client.follow(authorization["challenges"][0]["url"], {})
    order = await object_of(client, str(reply.location))
    assert order["status"] == "ready"
    return order


async def object_of(client: Client, url: str) -> dict[str, Any]:
    """Read a resource."""
    body = (await client.follow(url)).body
    assert isinstance(body, dict)
    return body


async def issue(client: Client, *names: str) -> str:
    """Go the whole way and return the certificate's URL."""
    order = await ready_order(client, *names)
    done = (await client.finalize(order, signing_request(*names))).body
    assert isinstance(done, dict)
    assert done["status"] == "valid"
    return str(done["certificate"])


def leaf_of(reply: Reply) -> bytes:
    """Return the leaf of a downloaded chain, in DER."""
    leaf = x509.load_pem_x509_certificates(str(reply.body).encode())[0]
    return leaf.public_bytes(Encoding.DER)


async def test_an_order_becomes_a_certificate_with_its_chain(world: World) -> None:
    client = await world.bound_client()
    reply = await client.follow(await issue(client, NAME))
    leaf, issuing = x509.load_pem_x509_certificates(str(reply.body).encode())
    assert reply.media_type == PEM_CHAIN
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [NAME]
    leaf.verify_directly_issued_by(issuing)


async def test_finalize_answers_valid_with_the_order_s_location(world: World) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    reply = await client.finalize(order, signing_request(NAME))
    assert isinstance(reply.body, dict)
    assert reply.body["status"] == "valid"
    assert await object_of(client, str(reply.location)) == reply.body


async def test_finalizing_again_with_the_same_request_is_no_error(world: World) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    csr = signing_request(NAME)
    first = await client.finalize(order, csr)
    assert await client.finalize(order, csr) == first


async def test_finalizing_again_with_another_request_is_refused(world: World) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    await client.finalize(order, signing_request(NAME))
    with refused(ErrorType.ORDER_NOT_READY, 403, "another request"):
        await client.finalize(order, signing_request(NAME))


async def test_of_two_finalizes_at_once_one_wins(world: World) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    outcomes = await asyncio.gather(
        *(client.finalize(order, signing_request(NAME)) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(each, Reply) for each in outcomes) == 1
    assert len([each async for each in world.documents.scan(Certificate)]) == 1


async def test_a_pending_order_can_t_be_finalized(world: World) -> None:
    client = await world.bound_client()
    order = (await client.order(NAME)).body
    assert isinstance(order, dict)
    with refused(ErrorType.ORDER_NOT_READY, 403, "pending"):
        await client.finalize(order, signing_request(NAME))


@pytest.mark.parametrize(
    ("csr", "said"),
    [
        pytest.param(signing_request("other.team-a.acme.test"), "other.team-a", id="other name"),
        pytest.param(signing_request(), NAME, id="no name"),
        pytest.param(signing_request(NAME, f"b.{NAME}"), f"b.{NAME}", id="one name more"),
        pytest.param(b"nonsense", "PKCS #10", id="no request"),
    ],
)
async def test_a_request_for_anything_but_the_order_is_refused_and_the_order_stays_ready(
    world: World, csr: bytes, said: str
) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    with refused(ErrorType.BAD_CSR, 400, said):
        await client.finalize(order, csr)
    assert (await client.finalize(order, signing_request(NAME))).status == 200


async def test_names_only_in_the_common_name_are_taken(world: World) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    assert (await client.finalize(order, signing_request(common_name=NAME))).status == 200


async def test_an_account_s_key_gets_no_certificate(world: World) -> None:
    client, other = await world.bound_client(), await world.bound_client()
    order = await ready_order(client, NAME)
    for key in (client.key, other.key):
        with refused(ErrorType.BAD_CSR, 400, "account's"):
            await client.finalize(order, signing_request(NAME, key=key.private))


async def test_a_key_that_the_template_refuses_gets_no_certificate(world: World) -> None:
    world.serve({**TEMPLATE, "constraints": {"privateKeys": [{"algorithm": "RSA"}]}})
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    with refused(ErrorType.BAD_CSR, 400, "ECDSA 256", "privateKeys"):
        await client.finalize(order, signing_request(NAME))


async def test_policy_is_asked_again_at_finalize(world: World) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    world.serve({**TEMPLATE, "denied": {"dnsNames": {"values": [NAME]}}})
    with refused(ErrorType.REJECTED_IDENTIFIER, 400, "denied"):
        await client.finalize(order, signing_request(NAME))


async def test_a_requested_lifetime_is_honoured_to_the_second(world: World) -> None:
    client = await world.bound_client()
    wanted = (world.clock.now() + timedelta(hours=36)).isoformat()
    order = await ready_order(client, NAME, notAfter=wanted)
    reply = await client.finalize(order, signing_request(NAME))
    assert isinstance(reply.body, dict)
    leaf = x509.load_der_x509_certificate(leaf_of(await client.follow(reply.body["certificate"])))
    assert leaf.not_valid_after_utc == world.clock.now() + timedelta(hours=36)


async def test_a_lifetime_beyond_the_template_is_refused_at_new_order(world: World) -> None:
    client = await world.bound_client()
    too_long = (world.clock.now() + timedelta(hours=2401)).isoformat()
    with refused(ErrorType.MALFORMED, 400, "2400h", "template pki/web-server"):
        await client.order(NAME, notAfter=too_long)


async def test_an_expired_authority_is_the_server_s_fault(world: World) -> None:
    client = await world.bound_client()
    world.clock.advance(timedelta(days=400))
    with refused(ErrorType.SERVER_INTERNAL, 503, "no certificate in force"):
        await client.order(NAME)


@pytest.mark.parametrize("fault", [Fault.KILLED_BEFORE, Fault.KILLED_AFTER])
@pytest.mark.parametrize("write", [1, 2])
async def test_a_finalize_killed_at_any_write_is_completed_by_the_same_request(
    world: World, write: int, fault: Fault
) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    csr = signing_request(NAME)
    sound = world.store
    world.store = FaultyStore(sound, {write: fault})
    world.start()
    client.dispatcher = world.dispatcher
    with pytest.raises(WriterKilled):
        await client.finalize(order, csr)
    world.store = sound
    world.start()
    client.dispatcher = world.dispatcher
    reply = await client.finalize(order, csr)
    assert isinstance(reply.body, dict)
    assert reply.body["status"] == "valid"
    assert len([each async for each in world.documents.scan(Certificate)]) == 1


async def test_a_finalize_whose_write_timed_out_but_landed_succeeds(world: World) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    world.store = FaultyStore(world.store, {2: Fault.ANSWER_LOST})
    world.start()
    client.dispatcher = world.dispatcher
    reply = await client.finalize(order, signing_request(NAME))
    assert isinstance(reply.body, dict)
    assert reply.body["status"] == "valid"


async def test_another_account_does_not_see_the_certificate(world: World) -> None:
    owner, other = await world.bound_client(), await world.bound_client()
    url = await issue(owner, NAME)
    with refused(ErrorType.MALFORMED, 404):
        await other.follow(url)


async def test_a_certificate_stays_downloadable_after_its_authority_was_replaced(
    world: World,
) -> None:
    client = await world.bound_client()
    url = await issue(client, NAME)
    before = await client.follow(url)
    world.serve(refusal="the authority is retired")
    world.clock.advance(timedelta(days=20))
    world.serve()
    assert (await client.follow(url)).body == before.body
