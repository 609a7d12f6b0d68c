import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from certwright.pki import keys
from certwright.pki.keys import InvalidKey, KeyAlgorithm, KeyType, UnsupportedKey
from tests.unit.pki.material import ED25519, EVERY_TYPE, P256, RSA_2048, key

TYPES = [pytest.param(key_type, id=name) for key_type, name in EVERY_TYPE]


@pytest.mark.parametrize("key_type", TYPES)
def test_a_generated_key_is_of_the_type_asked_for(key_type: KeyType) -> None:
    private = key(key_type, "leaf")
    assert keys.key_type_of(private) == key_type
    assert keys.key_type_of(private.public_key()) == key_type


@pytest.mark.parametrize("key_type", TYPES)
def test_a_key_survives_its_pem_form(key_type: KeyType) -> None:
    pem = keys.private_key_to_pem(key(key_type, "leaf"))
    again = keys.private_key_from_pem(pem)
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert keys.private_key_to_pem(again) == pem


def test_two_generated_keys_differ() -> None:
    one, other = keys.generate(ED25519), keys.generate(ED25519)
    assert one.public_key() != other.public_key()


@pytest.mark.parametrize(
    ("key_type", "text"), [(P256, "ECDSA 256"), (RSA_2048, "RSA 2048"), (ED25519, "Ed25519")]
)
def test_a_key_type_reads_as_people_write_it(key_type: KeyType, text: str) -> None:
    assert str(key_type) == text


@pytest.mark.parametrize(
    "key_type",
    [
        KeyType(KeyAlgorithm.RSA, 1024),
        KeyType(KeyAlgorithm.RSA),
        KeyType(KeyAlgorithm.ECDSA, 224),
        KeyType(KeyAlgorithm.ED25519, 256),
    ],
    ids=str,
)
def test_no_other_type_of_key_is_made(key_type: KeyType) -> None:
    with pytest.raises(UnsupportedKey, match=f"{key_type} can't be made; possible: RSA 2048, "):
        keys.generate(key_type)


def test_a_traditional_ec_key_is_read() -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert keys.key_type_of(keys.private_key_from_pem(pem)) == KeyType(KeyAlgorithm.ECDSA, 384)


def encrypted() -> bytes:
    secret = BestAvailableEncryption(b"sesame")
    return key(P256, "leaf").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)


@pytest.mark.parametrize(
    ("pem", "sentence"),
    [
        pytest.param(b"", "not a well-formed key", id="empty"),
        pytest.param(b"swordfish", "not a well-formed key", id="no PEM"),
        pytest.param(
            keys.private_key_to_pem(key(P256, "leaf"))[:120], "not a well-formed key", id="cut"
        ),
        pytest.param(encrypted(), "is encrypted", id="encrypted"),
    ],
)
def test_an_unreadable_key_is_refused_without_showing_it(pem: bytes, sentence: str) -> None:
    with pytest.raises(InvalidKey, match=sentence) as refused:
        keys.private_key_from_pem(pem)
    assert "swordfish" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    ("private", "sentence"),
    [
        pytest.param(dsa.generate_private_key(1024), "algorithm is not supported", id="DSA"),
        pytest.param(ed448.Ed448PrivateKey.generate(), "algorithm is not supported", id="Ed448"),
        pytest.param(x25519.X25519PrivateKey.generate(), "algorithm is not", id="X25519"),
        pytest.param(ec.generate_private_key(ec.SECP256K1()), "curve secp256k1", id="secp256k1"),
        pytest.param(
            ec.generate_private_key(ec.BrainpoolP256R1()), "curve brainpoolP256r1", id="brainpool"
        ),
    ],
)
def test_other_algorithms_and_curves_are_refused(
    private: dsa.DSAPrivateKey | ec.EllipticCurvePrivateKey, sentence: str
) -> None:
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(UnsupportedKey, match=sentence):
        keys.private_key_from_pem(pem)
    with pytest.raises(UnsupportedKey, match=sentence):
        keys.key_type_of(private.public_key())


def test_a_private_key_of_an_unknown_algorithm_is_refused() -> None:
    der = keys.generate(ED25519).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    unknown = base64.encodebytes(der.replace(b"\x2b\x65\x70", b"\x2b\x65\x7f")).decode()
    pem = f"-----BEGIN PRIVATE KEY-----\n{unknown}-----END PRIVATE KEY-----\n"
    with pytest.raises(UnsupportedKey, match="algorithm is not supported; possible: RSA, ECDSA"):
        keys.private_key_from_pem(pem.encode())


def test_what_is_no_public_key_of_ours_is_not_taken_for_one() -> None:
    public = key(P256, "leaf").public_key()
    assert keys.as_public_key(public) is public
    with pytest.raises(UnsupportedKey):
        keys.as_public_key(key(P256, "leaf"))


@pytest.mark.parametrize(
    ("name", "hash_name"),
    [
        ("RSA-4096", "sha256"),
        ("ECDSA-256", "sha256"),
        ("ECDSA-384", "sha384"),
        ("ECDSA-521", "sha512"),
    ],
)
def test_the_hash_to_sign_with_is_as_strong_as_the_key(name: str, hash_name: str) -> None:
    (key_type,) = (key_type for key_type, known in EVERY_TYPE if known == name)
    chosen = keys.signature_hash(key(key_type, "leaf"))
    assert chosen is not None
    assert chosen.name == hash_name


def test_ed25519_signs_without_a_hash_of_our_choice() -> None:
    assert keys.signature_hash(key(ED25519, "leaf")) is None


def test_the_identifier_of_a_known_key_never_changes() -> None:
    """The public key of RFC 8032 section 7.1, test 1, and SHA-256 of it by another program."""
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    identifier = keys.subject_key_identifier(ed25519.Ed25519PublicKey.from_public_bytes(public))
    assert identifier.hex() == "21fe31dfa154a261626bf854046fd2271b7bed4b"


@pytest.mark.parametrize("key_type", TYPES)
def test_an_identifier_is_over_the_same_bits_as_the_sha1_method_uses(key_type: KeyType) -> None:
    """`cryptography` hashes the same BIT STRING: where it differs for two keys, so does ours."""
    one, other = key(key_type, "leaf").public_key(), key(key_type, "root").public_key()
    assert len(keys.subject_key_identifier(one)) == 20
    assert keys.subject_key_identifier(one) != keys.subject_key_identifier(other)
    assert keys.subject_key_identifier(one) != x509.SubjectKeyIdentifier.from_public_key(one).digest
