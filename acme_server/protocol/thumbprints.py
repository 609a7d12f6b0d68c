"""The thumbprint of any public key, so that a certificate's key can be compared with accounts'."""

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from acme_server.domain.problems import ACMEError
from acme_server.protocol.encoding import encode_base64url
from acme_server.protocol.keys import parse_jwk
from certwright.pki.keys import PublicKey

_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def thumbprint_of(public_key: PublicKey) -> str | None:
    """Return a key's RFC 7638 thumbprint, None for a key that no account can have."""
    try:
        return parse_jwk(jwk_of(public_key)).thumbprint
    except ACMEError:
        return None


def jwk_of(public_key: PublicKey) -> dict[str, str]:
    """Return a public key as a JWK (RFC 7517; RFC 7518 §6.2, §6.3; RFC 8037 §2)."""
    if isinstance(public_key, Ed25519PublicKey):
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": encode_base64url(public_key.public_bytes_raw()),
        }
    if isinstance(public_key, RSAPublicKey):
        rsa = public_key.public_numbers()
        return {"kty": "RSA", "e": _unsigned(rsa.e), "n": _unsigned(rsa.n)}
    return _elliptic(public_key)


def _elliptic(public_key: EllipticCurvePublicKey) -> dict[str, str]:
    """Return an EC key; its coordinates have the length of the field (RFC 7518 §6.2.1.2)."""
    numbers = public_key.public_numbers()
    length = (public_key.curve.key_size + 7) // 8
    return {
        "kty": "EC",
        "crv": _CURVES.get(public_key.curve.name, public_key.curve.name),
        "x": encode_base64url(numbers.x.to_bytes(length, "big")),
        "y": encode_base64url(numbers.y.to_bytes(length, "big")),
    }


def _unsigned(number: int) -> str:
    """Return a number as Base64urlUInt: no leading zero octets (RFC 7518 §2)."""
    return encode_base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))
