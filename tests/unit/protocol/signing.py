"""A client's half of JOSE, written apart from the server's: keys, and requests to spoil."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from acme_server.domain.problems import ACMEError

NONCE = "bm9uY2U"
URL = "https://acme.example/acme/pki/web/new-order"
ACCOUNT_URL = "https://acme.example/acme/pki/web/account/a1"

CURVES: Mapping[str, tuple[str, ec.EllipticCurve, hashes.HashAlgorithm, int]] = {
    "ES256": ("P-256", ec.SECP256R1(), hashes.SHA256(), 32),
    "ES384": ("P-384", ec.SECP384R1(), hashes.SHA384(), 48),
    "ES512": ("P-521", ec.SECP521R1(), hashes.SHA512(), 66),
}
ALGORITHMS = ("RS256", *CURVES, "EdDSA")

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int, length: int | None = None) -> str:
    return base64url(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


def encoded(value: object) -> str:
    return base64url(json.dumps(value).encode())


@dataclass(frozen=True)
class ClientKey:
    """A private key and the algorithm that it signs with."""

    algorithm: str
    private: PrivateKey

    @property
    def jwk(self) -> dict[str, str]:
        if isinstance(self.private, rsa.RSAPrivateKey):
            numbers = self.private.public_key().public_numbers()
            return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            point = self.private.public_key().public_numbers()
            curve, _, _, length = CURVES[self.algorithm]
            x, y = number(point.x, length), number(point.y, length)
            return {"kty": "EC", "crv": curve, "x": x, "y": y}
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url(raw)}

    def der_signature(self, data: bytes) -> bytes:
        """Sign as the key's library does: for ECDSA that is DER."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(data, ec.ECDSA(CURVES[self.algorithm][2]))
        return self.private.sign(data)

    def signature(self, data: bytes) -> bytes:
        """Sign as JWS does: ECDSA as r‖s."""
        signature = self.der_signature(data)
        if self.algorithm not in CURVES:
            return signature
        length = CURVES[self.algorithm][3]
        r, s = decode_dss_signature(signature)
        return r.to_bytes(length, "big") + s.to_bytes(length, "big")

    def sign(self, header: Mapping[str, Any], payload: bytes) -> dict[str, str]:
        protected, body = encoded(header), base64url(payload)
        signature = self.signature(f"{protected}.{body}".encode())
        return {"protected": protected, "payload": body, "signature": base64url(signature)}


@cache
def client_key(algorithm: str = "ES256", owner: str = "client") -> ClientKey:  # noqa: ARG001
    """Make a key once a session, algorithm and owner: RSA keys take long."""
    if algorithm == "RS256":
        return ClientKey(algorithm, rsa.generate_private_key(65537, 2048))
    if algorithm == "EdDSA":
        return ClientKey(algorithm, ed25519.Ed25519PrivateKey.generate())
    return ClientKey(algorithm, ec.generate_private_key(CURVES[algorithm][1]))


ABSENT = object()


def header_of(key: ClientKey, **changes: object) -> dict[str, Any]:
    """Return the protected header of a newAccount, with members changed or ABSENT."""
    header = {"alg": key.algorithm, "nonce": NONCE, "url": URL, "jwk": key.jwk, **changes}
    return {name: value for name, value in header.items() if value is not ABSENT}


def request(
    key: ClientKey | None = None, payload: bytes = b"{}", **changes: object
) -> dict[str, Any]:
    """Return a request that is right but for the header's `changes`."""
    key = key or client_key()
    return dict(key.sign(header_of(key, **changes), payload))


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def binding(
    key: ClientKey, secret: bytes, *, algorithm: str = "HS256", **changes: object
) -> dict[str, Any]:
    """Return an external account binding of `key`, right but for the header's `changes`."""
    header = {"alg": algorithm, "kid": "team-a.default", "url": URL, **changes}
    kept = {name: value for name, value in header.items() if value is not ABSENT}
    protected, payload = encoded(kept), encoded(key.jwk)
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
    used = digest.get(algorithm, hashlib.sha256)
    mac = hmac.new(secret, f"{protected}.{payload}".encode(), used).digest()
    return {"protected": protected, "payload": payload, "signature": base64url(mac)}


def outcome(error: ACMEError) -> tuple[str, int]:
    """Return a problem's type and status."""
    return error.problem.type.value, int(error.problem.status)
