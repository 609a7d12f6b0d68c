"""External account bindings: a shared secret vouches for an account's key (RFC 8555 §7.3.4)."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from acme_server.domain.problems import malformed
from acme_server.protocol import flattened
from acme_server.protocol.encoding import parse_object
from acme_server.protocol.keys import AccountPublicKey, parse_jwk

#: MAC algorithms (RFC 7518 §3.2) and the names of their hashes.
ALGORITHMS: Final = MappingProxyType({"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"})

_WHAT = "`externalAccountBinding`"


@dataclass(frozen=True, slots=True)
class UnverifiedBinding:
    """A well-formed binding of the account key it came with; its MAC is not verified yet.

    `kid` is the KID of a credential, as the client was given it.
    """

    kid: str
    algorithm: str
    signing_input: bytes = field(repr=False)
    mac: bytes = field(repr=False)


def parse(
    binding: object, new_account_url: str, account_key: AccountPublicKey
) -> UnverifiedBinding:
    """Return the binding in a newAccount request that `account_key` signed.

    Raises:
        ACMEError: malformed: no MAC algorithm, no `kid`, a `nonce`, another `url`, another key.
    """
    jws = flattened.parse(binding, _WHAT)
    algorithm = _algorithm(jws.header.get("alg"))
    flattened.require_url(jws.header, new_account_url, _WHAT)
    kid = flattened.optional_string(jws.header, "kid", _WHAT)
    if not kid:
        raise malformed(f"the protected header of {_WHAT} must have a `kid`")
    bound = parse_jwk(parse_object(jws.payload, f"the payload of {_WHAT}"))
    if bound != account_key:
        raise malformed(f"the payload of {_WHAT} must be the key that signs the request")
    return UnverifiedBinding(kid, algorithm, jws.signing_input, jws.signature)


def _algorithm(value: Any) -> str:
    if not isinstance(value, str) or value not in ALGORITHMS:
        raise malformed(f"`alg` of {_WHAT} must be one of {', '.join(ALGORITHMS)}")
    return value


def verify(binding: UnverifiedBinding, secrets: Iterable[bytes]) -> bool:
    """Tell whether one of the secrets made the binding's MAC.

    There are two while a credential rotates. Every one is tried and each comparison takes the same
    time, so that the answer's timing says nothing of which it was.
    """
    digest = ALGORITHMS[binding.algorithm]
    matches = [
        hmac.compare_digest(hmac.digest(secret, binding.signing_input, digest), binding.mac)
        for secret in secrets
    ]
    return any(matches)
