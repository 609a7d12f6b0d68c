import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from josepy.jwk import JWK

from acme_server.domain.problems import ACMEError
from acme_server.protocol import keys
from acme_server.protocol.keys import parse_jwk
from tests.unit.protocol.signing import (
    ALGORITHMS,
    base64url,
    client_key,
    number,
    outcome,
)

P256 = client_key("ES256").jwk
RSA = client_key("RS256").jwk
ED25519 = client_key("EdDSA").jwk


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_keeps_its_public_members_and_their_thumbprint(algorithm: str) -> None:
    """RFC 7638 §3."""
    jwk = client_key(algorithm).jwk
    key = parse_jwk({**jwk, "use": "sig", "kid": "mine", "alg": algorithm})
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()
    assert key.jwk == jwk
    assert key.thumbprint == base64url(hashlib.sha256(canonical).digest())


def test_the_thumbprint_is_that_of_the_rfcs_example() -> None:
    """RFC 7638 §3.1."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJEC"
        "PebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Qvz"
        "qY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZ"
        "u0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    key = parse_jwk({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
    assert key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_library_agrees_on_thumbprints() -> None:
    for algorithm in ("RS256", "ES256", "ES384", "ES512"):
        jwk = client_key(algorithm).jwk
        theirs = JWK.from_json(jwk)
        assert isinstance(theirs, JWK)
        assert parse_jwk(jwk).thumbprint == base64url(theirs.thumbprint())


def test_keys_are_equal_when_their_thumbprints_are() -> None:
    same, other = parse_jwk({**P256, "use": "sig"}), parse_jwk(client_key("ES256", "other").jwk)
    assert parse_jwk(P256) == same
    assert hash(parse_jwk(P256)) == hash(same)
    assert parse_jwk(P256) != other


def test_changing_a_keys_jwk_changes_no_other_reader_of_the_key() -> None:
    parse_jwk(P256).jwk["x"] = "changed"
    assert parse_jwk(P256).jwk == P256


def test_a_key_is_read_once() -> None:
    assert parse_jwk(dict(P256)) is parse_jwk(dict(P256))


def weak_rsa(size: int, exponent: int = 65537) -> dict[str, str]:
    numbers = rsa.generate_private_key(exponent, size).public_key().public_numbers()
    return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}


SECP256K1 = ec.generate_private_key(ec.SECP256K1()).public_key().public_numbers()

BAD_KEYS: dict[str, tuple[dict[str, Any], str]] = {
    "RSA private member": ({**RSA, "d": "AQAB"}, "private"),
    "RSA private prime": ({**RSA, "p": "AQAB"}, "private"),
    "EC private member": ({**P256, "d": "AQAB"}, "private"),
    "symmetric key": ({"kty": "oct", "k": "c2VjcmV0"}, "private"),
    "symmetric key by type": ({"kty": "oct"}, "not supported"),
    "unknown type": ({"kty": "AKP"}, "not supported"),
    "unsupported curve": (
        {"kty": "EC", "crv": "secp256k1", "x": number(SECP256K1.x, 32), "y": "AA"},
        "P-256",
    ),
    "curve of another type": ({**P256, "crv": "Ed25519"}, "curve"),
    "X25519": ({**ED25519, "crv": "X25519"}, "Ed25519"),
    "point off the curve": ({**P256, "y": P256["x"]}, "not a public key"),
    "short coordinate": ({**P256, "x": base64url(b"\x01" * 31)}, "not a public key"),
    "short Ed25519": ({**ED25519, "x": base64url(b"\x01" * 31)}, "not a public key"),
    "zero octet before n": ({**RSA, "n": base64url(b"\0" + b"\x01" * 256)}, "zero octets"),
    "zero octet before e": ({**RSA, "e": base64url(b"\0\x01\0\x01")}, "zero octets"),
    "empty n": ({**RSA, "n": ""}, "not a public key"),
    "even n": ({**RSA, "n": number(2**2047)}, "accepted"),
    "RSA 1024": (weak_rsa(1024), "1024 bits"),
    "RSA 16384": ({**RSA, "n": number(2**16383 + 1)}, "longer"),
    "RSA exponent 3": (weak_rsa(2048, 3), "exponent"),
}


@pytest.mark.parametrize(("jwk", "said"), BAD_KEYS.values(), ids=BAD_KEYS)
def test_unfit_keys_are_refused_as_bad_public_keys(jwk: dict[str, Any], said: str) -> None:
    """RFC 8555 §6.2."""
    with pytest.raises(ACMEError) as raised:
        parse_jwk(jwk)
    assert outcome(raised.value) == ("badPublicKey", 400)
    assert said in raised.value.problem.detail


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        "jwk",
        [],
        {},
        {"kty": 7},
        {"kty": "EC", "crv": "P-256", "x": "AQ"},
        {**P256, "x": 7},
        {**P256, "crv": None},
        {**P256, "x": P256["x"] + "="},
        {**RSA, "e": "AQ+B"},
    ],
    ids=repr,
)
def test_what_is_no_key_at_all_is_malformed(jwk: object) -> None:
    with pytest.raises(ACMEError) as raised:
        parse_jwk(jwk)
    assert outcome(raised.value) == ("malformed", 400)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_verifies_its_own_signatures_only(algorithm: str) -> None:
    key, other = client_key(algorithm), client_key(algorithm, "other")
    public, data = parse_jwk(key.jwk), b"protected.payload"
    signature = key.signature(data)
    flipped = bytes([signature[0] ^ 1]) + signature[1:]
    assert public.verifies(algorithm, data, signature)
    assert not public.verifies(algorithm, data, flipped)
    assert not public.verifies(algorithm, data + b"x", signature)
    assert not public.verifies(algorithm, data, signature[:-1])
    assert not parse_jwk(other.jwk).verifies(algorithm, data, signature)


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "ES512"])
def test_an_ecdsa_signature_is_never_der_nor_shortened(algorithm: str) -> None:
    """RFC 7518 §3.4."""
    key, data = client_key(algorithm), b"data"
    public = parse_jwk(key.jwk)
    length = len(key.signature(data))
    assert not public.verifies(algorithm, data, key.der_signature(data))
    assert not public.verifies(algorithm, data, b"")
    assert not public.verifies(algorithm, data, bytes(length))


def test_an_algorithm_verifies_keys_of_its_family_only() -> None:
    """RFC 7518 §3.1: ES256 is P-256 and nothing else."""
    for algorithm in ALGORITHMS:
        for other in set(ALGORITHMS) - {algorithm}:
            with pytest.raises(ACMEError) as raised:
                parse_jwk(client_key(algorithm).jwk).verifies(other, b"", b"")
            assert outcome(raised.value) == ("malformed", 400)


def test_the_supported_algorithms_are_those_of_the_table() -> None:
    assert set(keys.ALGORITHMS) == set(ALGORITHMS)


def test_a_keys_text_shows_its_thumbprint_and_not_its_numbers() -> None:
    key = parse_jwk(P256)
    assert key.thumbprint in repr(key)
    assert P256["x"] not in repr(key)
