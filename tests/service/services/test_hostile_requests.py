"""Requests that ask for more than was ordered, in every way that a CSR or a name knows."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from acme_server.domain.problems import ErrorType
from tests.service.services.client import base64url
from tests.service.services.interruptions import (
    NAME,
)
from tests.service.services.problems import refused
from tests.service.services.test_issuance import issue, leaf_of, ready_order
from tests.service.services.world import World


async def test_a_certificate_of_no_known_version_is_malformed(world: World) -> None:
    client = await world.bound_client()
    certificate = leaf_of(await client.follow(await issue(client, NAME)))
    version_3 = bytes.fromhex("a003020102")
    assert version_3 in certificate
    changed = certificate.replace(version_3, bytes.fromhex("a003020119"), 1)
    with refused(ErrorType.MALFORMED, 400):
        await client.revoke(base64url(changed))


def hostile_request(
    common_name: str | None, *names: x509.GeneralName, **extensions: x509.ExtensionType
) -> bytes:
    """Return a CSR in DER with these names and extensions."""
    subject = [x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)] if common_name else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    for extension in extensions.values():
        builder = builder.add_extension(extension, critical=True)
    key = ec.generate_private_key(ec.SECP256R1())
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


_DNS = x509.DNSName
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@pytest.mark.parametrize(
    "csr",
    [
        pytest.param(hostile_request("evil.acme.test", _DNS(NAME)), id="another common name"),
        pytest.param(hostile_request(f"*.{NAME}", _DNS(NAME)), id="a wildcard common name"),
        pytest.param(hostile_request(None, _DNS(NAME), _DNS(f"*.{NAME}")), id="a wildcard more"),
        pytest.param(hostile_request(None, _DNS("*.team-a.acme.test")), id="a wildcard over it"),
        pytest.param(hostile_request(None, _DNS(NAME + ".")), id="a final dot"),
        pytest.param(hostile_request(f"{NAME}\x00.evil.test", _DNS(NAME)), id="a NUL"),
        pytest.param(
            hostile_request(None, _DNS(NAME), x509.RFC822Name("root@acme.test")), id="an address"
        ),
        pytest.param(
            hostile_request(None, _DNS(NAME), x509.UniformResourceIdentifier("spiffe://a/b")),
            id="a URI",
        ),
        pytest.param(
            hostile_request(None, _DNS(NAME), x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))),
            id="a registered id",
        ),
        pytest.param(
            hostile_request(None, _DNS(NAME), ca=x509.BasicConstraints(ca=True, path_length=None)),
            id="CA:TRUE",
        ),
        pytest.param(
            hostile_request(
                None,
                _DNS(NAME),
                usage=x509.KeyUsage(**{name: name == "key_cert_sign" for name in _USAGES}),
            ),
            id="keyCertSign",
        ),
        pytest.param(
            hostile_request(
                None,
                _DNS(NAME),
                purpose=x509.ExtendedKeyUsage([x509.ObjectIdentifier("2.5.29.37.0")]),
            ),
            id="any purpose",
        ),
    ],
)
async def test_a_request_for_more_than_was_ordered_gets_nothing(world: World, csr: bytes) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    with refused(ErrorType.BAD_CSR, 400):
        await client.finalize(order, csr)


async def test_a_name_in_any_case_and_repeated_is_one_name_of_the_certificate(
    world: World,
) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    csr = hostile_request(NAME.upper(), _DNS(NAME.upper()), _DNS(NAME), _DNS(NAME.title()))
    done = (await client.finalize(order, csr)).body
    assert isinstance(done, dict)
    leaf = x509.load_der_x509_certificate(leaf_of(await client.follow(done["certificate"])))
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [NAME]


async def test_a_proof_for_a_name_is_none_for_its_wildcard_nor_the_other_way_round(
    world: World,
) -> None:
    client = await world.bound_client()
    await ready_order(client, "a.team-a.acme.test")
    wildcard = (await client.order("*.a.team-a.acme.test")).body
    assert isinstance(wildcard, dict)
    assert wildcard["status"] == "pending"
    await ready_order(client, "*.b.team-a.acme.test")
    base = (await client.order("b.team-a.acme.test")).body
    assert isinstance(base, dict)
    assert base["status"] == "pending"
