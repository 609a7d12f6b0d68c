"""From an order to a certificate, as RFC 8555 §7.4 has it."""

from cryptography import x509

from acme_server.protocol.replies import PEM_CHAIN
from tests.service.services.client import Client, signing_request
from tests.service.services.world import World

NAME = "web.team-a.acme.test"


async def issue(client: Client, *names: str) -> str:
    """Go the whole way and return the certificate's URL."""
    order = (await client.order(*names)).body
    for url in order["authorizations"]:
        authorization = (await client.follow(url)).body
        await client.follow(authorization["challenges"][0]["url"], {})
    done = (await client.finalize(order, signing_request(*names))).body
    assert done["status"] == "valid"
    return str(done["certificate"])


async def test_an_order_becomes_a_certificate_with_its_chain(world: World) -> None:
    client = await world.bound_client()
    reply = await client.follow(await issue(client, NAME))
    leaf, issuing = x509.load_pem_x509_certificates(str(reply.body).encode())
    assert reply.media_type == PEM_CHAIN
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [NAME]
    leaf.verify_directly_issued_by(issuing)
