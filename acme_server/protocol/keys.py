"""Account keys: which are accepted, their canonical form and what they verify (RFC 8555 §6.2).

A key is read from a JWK (RFC 7517) that holds a public key and nothing private, on a curve and with
an algorithm of the table below, and free of the known weaknesses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from josepy import errors, jwa
from josepy.jwk import JWKEC, JWKRSA

from acme_server.domain.problems import ACMEError, ErrorType, Problem, malformed, refuse
from acme_server.protocol.encoding import decode_base64url, encode_base64url
from certwright.pki.keys import PublicKey, as_public_key
from certwright.pki.weak_keys import weaknesses


class KeyFamily(StrEnum):
    """What an account key computes with; each has one signature algorithm."""

    RSA = "RSA"
    P256 = "EC P-256"
    P384 = "EC P-384"
    P521 = "EC P-521"
    ED25519 = "OKP Ed25519"


#: The signature algorithms of the outer JWS (RFC 7518 §3.1, RFC 8037 §3.1) and the keys they fit.
ALGORITHMS: Final = MappingProxyType(
    {
        "RS256": KeyFamily.RSA,
        "ES256": KeyFamily.P256,
        "ES384": KeyFamily.P384,
        "ES512": KeyFamily.P521,
        "EdDSA": KeyFamily.ED25519,
    }
)

#: The members that make a public key, by `kty` (RFC 7638 §3.2, RFC 8037 §2).
_PUBLIC_MEMBERS: Final = MappingProxyType(
    {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}
)
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_CURVES: Final = MappingProxyType(
    {
        ("EC", "P-256"): KeyFamily.P256,
        ("EC", "P-384"): KeyFamily.P384,
        ("EC", "P-521"): KeyFamily.P521,
        ("OKP", "Ed25519"): KeyFamily.ED25519,
    }
)
#: Room for the modulus of an RSA key of 8192 bits, in base64url. Whether a size is good is for
#: `weaknesses` to say; this only keeps arithmetic on absurd ones away.
_LONGEST_MEMBER: Final = 1366
_CACHED_KEYS: Final = 4096


@dataclass(frozen=True, slots=True)
class AccountPublicKey:
    """An account's public key. Two are equal when their thumbprints are.

    `members` are the JWK's canonical public members in order of their names; `thumbprint` is that
    of RFC 7638 with SHA-256, in base64url.
    """

    thumbprint: str
    family: KeyFamily = field(compare=False)
    members: tuple[tuple[str, str], ...] = field(compare=False, repr=False)
    public_key: PublicKey = field(compare=False, repr=False)

    @property
    def jwk(self) -> dict[str, str]:
        """The JWK, with its public members only: what a document holds."""
        return dict(self.members)

    def verifies(self, algorithm: str, signing_input: bytes, signature: bytes) -> bool:
        """Tell whether `signature` is this key's.

        An ECDSA signature is r‖s, each as long as the curve's field (RFC 7518 §3.4); DER is none.

        Raises:
            ACMEError: malformed, when the algorithm isn't the key's.
        """
        if ALGORITHMS.get(algorithm) is not self.family:
            raise malformed(f"the algorithm {algorithm} does not fit a key of type {self.family}")
        if isinstance(self.public_key, Ed25519PublicKey):
            return _ed25519_verifies(self.public_key, signing_input, signature)
        return bool(_JOSE[algorithm].verify(self.public_key, signing_input, signature))


_JOSE: Final[Mapping[str, Any]] = MappingProxyType(
    {"RS256": jwa.RS256, "ES256": jwa.ES256, "ES384": jwa.ES384, "ES512": jwa.ES512}
)


def require_supported_algorithm(algorithm: object) -> str:
    """Return the `alg` of a JWS that is signed by an account or certificate key.

    Raises:
        ACMEError: malformed when it isn't a string; badSignatureAlgorithm, with the algorithms that
            would do (RFC 8555 §6.2), when it is none of `ALGORITHMS`.
    """
    if not isinstance(algorithm, str):
        raise malformed("the protected header must have a member `alg`, a string")
    if algorithm not in ALGORITHMS:
        supported = tuple(ALGORITHMS)
        detail = f"the algorithm {algorithm[:20]!r} is not supported; use {', '.join(supported)}"
        raise ACMEError(Problem(ErrorType.BAD_SIGNATURE_ALGORITHM, detail, algorithms=supported))
    return algorithm


def parse_jwk(jwk: object) -> AccountPublicKey:
    """Return the public key of a JWK.

    Members that aren't the key's (`use`, `kid`, ...) are ignored. Keys are cached by their members,
    so the second reading of an account's key costs next to nothing.

    Raises:
        ACMEError: malformed when it is no JWK; badPublicKey when its key is not accepted: private
            members, an unsupported type or curve, a point off the curve, a weakness.
    """
    if not isinstance(jwk, Mapping):
        raise malformed("`jwk` must be a JSON object")
    key_type = jwk.get("kty")
    if not isinstance(key_type, str):
        raise malformed("`jwk` must have a member `kty`, a string")
    private = sorted(_PRIVATE_MEMBERS.intersection(jwk))
    if private:
        raise _bad_key(f"it holds the private member {private[0]!r}; send the public key only")
    names = _PUBLIC_MEMBERS.get(key_type)
    if names is None:
        raise _bad_key(f"the type {key_type[:20]!r} is not supported; use EC, OKP or RSA")
    return _read(tuple((name, _member(jwk, name)) for name in names))


def _member(jwk: Mapping[str, Any], name: str) -> str:
    value = jwk.get(name)
    if not isinstance(value, str):
        raise malformed(f"`jwk` must have a member {name!r}, a string")
    if len(value) > _LONGEST_MEMBER:
        raise _bad_key(f"its member {name!r} is longer than that of any accepted key")
    return value


@lru_cache(maxsize=_CACHED_KEYS)
def _read(members: tuple[tuple[str, str], ...]) -> AccountPublicKey:
    """Build the key of canonical members. Errors are not cached."""
    jwk = dict(members)
    family = _family(jwk)
    for name, value in members:
        if name not in {"kty", "crv"}:
            decode_base64url(value, f"the member {name!r} of `jwk`")
    public_key = _public_key(jwk, family)
    found = weaknesses(public_key)
    if found:
        raise _bad_key("; ".join(found))
    return AccountPublicKey(_thumbprint(members), family, members, public_key)


def _family(jwk: Mapping[str, str]) -> KeyFamily:
    if jwk["kty"] == "RSA":
        # A leading zero octet would give one key two thumbprints (RFC 7518 §2, Base64urlUInt).
        if jwk["n"].startswith("AA") or jwk["e"].startswith("AA"):
            raise _bad_key("`n` and `e` must not begin with zero octets (RFC 7518 section 2)")
        return KeyFamily.RSA
    family = _CURVES.get((jwk["kty"], jwk["crv"]))
    if family is None:
        supported = ", ".join(f"{kty} {crv}" for kty, crv in _CURVES)
        raise _bad_key(f"its curve {jwk['crv'][:20]!r} is not supported; use {supported}")
    return family


def _public_key(jwk: Mapping[str, str], family: KeyFamily) -> PublicKey:
    """Return the key, or refuse numbers that are none: off the curve, too long, even modulus."""
    try:
        if family is KeyFamily.ED25519:
            return Ed25519PublicKey.from_public_bytes(decode_base64url(jwk["x"], "`x`"))
        reader = JWKRSA if family is KeyFamily.RSA else JWKEC
        return as_public_key(reader.fields_from_json(jwk).key.public_numbers().public_key())
    except (ValueError, UnsupportedAlgorithm, errors.Error):
        raise _bad_key("its numbers are not a public key of its type") from None


def _thumbprint(members: tuple[tuple[str, str], ...]) -> str:
    """Return the JWK thumbprint of RFC 7638 §3.

    All values are base64url or registered names, so joining them is JSON without escapes, and the
    members already stand in their order.
    """
    text = ",".join(f'"{name}":"{value}"' for name, value in members)
    return encode_base64url(sha256(f"{{{text}}}".encode("ascii")).digest())


def _ed25519_verifies(key: Ed25519PublicKey, signing_input: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, signing_input)
    except InvalidSignature:
        return False
    return True


def _bad_key(reason: str) -> ACMEError:
    return refuse(ErrorType.BAD_PUBLIC_KEY, f"the public key is not accepted: {reason}")
