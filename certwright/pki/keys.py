"""Key pairs: their types, their making, their PEM form, their identifiers.

Three algorithms and seven key types; nothing else is made, read or signed with.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from certwright.pki.errors import PKIError

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

RSA_PUBLIC_EXPONENT: Final = 65537

_PRIVATE_KEYS: Final = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)
_UNSUPPORTED: Final = "the key's algorithm is not supported; possible: RSA, ECDSA, Ed25519"

_RSA_SIZES: Final = (2048, 3072, 4096)
_CURVES: Final = MappingProxyType({256: ec.SECP256R1(), 384: ec.SECP384R1(), 521: ec.SECP521R1()})
SignatureHash: TypeAlias = hashes.SHA256 | hashes.SHA384 | hashes.SHA512
_HASHES_BY_CURVE: Final[Mapping[int, SignatureHash]] = MappingProxyType(
    {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
)


class InvalidKey(PKIError):
    """A key can't be read. The text never holds any of its material."""


class UnsupportedKey(InvalidKey):
    """A key is readable, but not of a type that this package works with."""


class KeyAlgorithm(StrEnum):
    """The algorithms, in cert-manager's words."""

    RSA = "RSA"
    ECDSA = "ECDSA"
    ED25519 = "Ed25519"


@dataclass(frozen=True, slots=True)
class KeyType:
    """A key's algorithm and size.

    Args:
        algorithm: What the key computes with.
        size: Bits of an RSA modulus or of an ECDSA curve; None for Ed25519, which has one size.
    """

    algorithm: KeyAlgorithm
    size: int | None = None

    def __str__(self) -> str:
        return str(self.algorithm) if self.size is None else f"{self.algorithm} {self.size}"


KEY_TYPES: Final = (
    *(KeyType(KeyAlgorithm.RSA, size) for size in _RSA_SIZES),
    *(KeyType(KeyAlgorithm.ECDSA, size) for size in _CURVES),
    KeyType(KeyAlgorithm.ED25519),
)
"""Every type that `generate` makes."""


def generate(key_type: KeyType) -> PrivateKey:
    """Make a new private key, from the operating system's randomness.

    Raises:
        UnsupportedKey: The type is none of `KEY_TYPES`.
    """
    if key_type not in KEY_TYPES:
        allowed = ", ".join(map(str, KEY_TYPES))
        raise UnsupportedKey(f"a key of type {key_type} can't be made; possible: {allowed}")
    if key_type.algorithm is KeyAlgorithm.RSA and key_type.size is not None:
        return rsa.generate_private_key(RSA_PUBLIC_EXPONENT, key_type.size)
    if key_type.algorithm is KeyAlgorithm.ECDSA and key_type.size is not None:
        return ec.generate_private_key(_CURVES[key_type.size])
    return ed25519.Ed25519PrivateKey.generate()


def key_type_of(key: object) -> KeyType:
    """Tell the type of a private or public key. RSA may have any size, weak ones included.

    Raises:
        UnsupportedKey: Another algorithm, or a curve other than P-256, P-384 and P-521.
    """
    if isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey):
        return KeyType(KeyAlgorithm.RSA, key.key_size)
    if isinstance(key, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey):
        if not has_supported_curve(key):
            raise UnsupportedKey(
                f"the elliptic curve {key.curve.name} is not supported; "
                "possible: P-256, P-384, P-521"
            )
        return KeyType(KeyAlgorithm.ECDSA, key.key_size)
    if isinstance(key, ed25519.Ed25519PublicKey | ed25519.Ed25519PrivateKey):
        return KeyType(KeyAlgorithm.ED25519)
    raise UnsupportedKey(_UNSUPPORTED)


def has_supported_curve(key: ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey) -> bool:
    """Tell whether a key's curve is P-256, P-384 or P-521: other curves share their sizes."""
    known = _CURVES.get(key.key_size)
    return known is not None and known.name == key.curve.name


def as_public_key(key: object) -> PublicKey:
    """Narrow what `cryptography` read to the types this package works with.

    Raises:
        UnsupportedKey: Another algorithm.
    """
    if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        return key
    raise UnsupportedKey(_UNSUPPORTED)


def private_key_to_pem(key: PrivateKey) -> bytes:
    """Write a private key as PKCS #8 (RFC 5958) in PEM, not encrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def private_key_from_pem(pem: bytes) -> PrivateKey:
    """Read a private key that is not encrypted: PKCS #8, PKCS #1 or SEC 1, in PEM.

    Raises:
        InvalidKey: It isn't one, or it is encrypted.
        UnsupportedKey: It is one, of a type that this package doesn't work with.
    """
    # What the library says may quote its input, so nothing of it is passed on.
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise InvalidKey("the private key is encrypted; an unencrypted one is needed") from None
    except UnsupportedAlgorithm:
        raise UnsupportedKey(_UNSUPPORTED) from None
    except ValueError:
        raise InvalidKey("the private key is not a well-formed key in PEM") from None
    if not isinstance(key, _PRIVATE_KEYS):
        raise UnsupportedKey(_UNSUPPORTED)
    key_type_of(key)
    return key


def signature_hash(key: PrivateKey) -> SignatureHash | None:
    """Choose the hash to sign with: one as strong as the key; None for Ed25519, which has its own.

    RSA takes SHA-256 at every size, as the public web does.
    """
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    if isinstance(key, rsa.RSAPrivateKey):
        return hashes.SHA256()
    return _HASHES_BY_CURVE[key.key_size]


def subject_key_identifier(public_key: PublicKey) -> bytes:
    """Compute a key's identifier: the leftmost 160 bits of SHA-256 (RFC 7093 section 2, method 1).

    RFC 5280 section 4.2.1.2 leaves the method free; this one needs no SHA-1. It must never change:
    authority key identifiers and retained keys are found by it.
    """
    return hashlib.sha256(_subject_public_key(public_key)).digest()[:20]


def _subject_public_key(public_key: PublicKey) -> bytes:
    """Return the value of the BIT STRING subjectPublicKey, without tag, length and unused bits."""
    if isinstance(public_key, rsa.RSAPublicKey):
        return public_key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
