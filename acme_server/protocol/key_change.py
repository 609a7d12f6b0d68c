"""Key changes: an inner JWS, signed by the new key, says what it replaces (RFC 8555 §7.3.5)."""

from collections.abc import Mapping
from typing import Any

from acme_server.domain.problems import malformed
from acme_server.protocol import flattened
from acme_server.protocol.encoding import parse_object
from acme_server.protocol.keys import AccountPublicKey, parse_jwk, require_supported_algorithm

_WHAT = "the inner JWS"


def parse(
    payload: bytes, outer_url: str, account_url: str, old_key: AccountPublicKey
) -> AccountPublicKey:
    """Return the new key of an account, which has proved itself by signing the change.

    `payload` is that of the verified outer request, `outer_url` its `url`, `account_url` its `kid`
    and `old_key` the account's key.

    Raises:
        ACMEError: malformed, badSignatureAlgorithm or badPublicKey. Whether the new key is another
            account's is for the caller to find out.
    """
    jws = flattened.parse(parse_object(payload, _WHAT), _WHAT)
    algorithm = require_supported_algorithm(jws.header.get("alg"))
    if "jwk" not in jws.header or "kid" in jws.header:
        raise malformed(
            f"the protected header of {_WHAT} must have `jwk`, the new key, and no `kid`"
        )
    new_key = parse_jwk(jws.header["jwk"])
    flattened.require_url(jws.header, outer_url, _WHAT)
    if not new_key.verifies(algorithm, jws.signing_input, jws.signature):
        raise malformed(f"the signature of {_WHAT} is not one by the new key")
    _check_change(parse_object(jws.payload, f"the payload of {_WHAT}"), account_url, old_key)
    if new_key == old_key:
        raise malformed("the new key is the account's key already")
    return new_key


def _check_change(change: Mapping[str, Any], account_url: str, old_key: AccountPublicKey) -> None:
    """Check that the new key's owner means this account and its present key."""
    if change.get("account") != account_url:
        raise malformed(f"`account` in {_WHAT} must be the account URL of the request's `kid`")
    if "oldKey" not in change:
        raise malformed(f"{_WHAT} must have `oldKey`, the account's present key")
    if parse_jwk(change["oldKey"]) != old_key:
        raise malformed(f"`oldKey` in {_WHAT} is not the account's present key")
