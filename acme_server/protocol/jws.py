"""Requests: authenticated by a JWS with a nonce and a URL (RFC 8555 §6.2 to §6.5).

A request is checked in this order, and the order matters:

1. its shape, algorithm and key: `parse`. A `nonce` that isn't base64url is a fault of shape.
2. its signature: `verify_signature`, with the key in it or that of the account it names.
3. its nonce: `require_nonce`, then the caller redeems it. Only now, so that nobody can use up the
   nonce of another by a request that isn't theirs.
4. its URL: `require_url`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from acme_server.domain.problems import ErrorType, malformed, refuse, unauthorized
from acme_server.protocol import flattened
from acme_server.protocol.encoding import decode_base64url, parse_object
from acme_server.protocol.keys import (
    ALGORITHMS,
    AccountPublicKey,
    parse_jwk,
    require_supported_algorithm,
)

MEDIA_TYPE = "application/jose+json"
_WHAT = "the request"


@dataclass(frozen=True, slots=True)
class UnverifiedRequest:
    """A well-formed request that nobody has verified yet.

    Exactly one of `jwk` and `kid` is set. `nonce` and `url` are None when the header lacks them.
    """

    algorithm: str
    nonce: str | None
    url: str | None
    jwk: AccountPublicKey | None
    kid: str | None
    payload: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def post_as_get(self) -> bool:
        """Whether this is a POST-as-GET: its payload is the empty string (RFC 8555 §6.3)."""
        return not self.payload


def check_content_type(value: str | None) -> None:
    """Check the Content-Type header of a POST, None when it has none (RFC 8555 §6.2).

    Raises:
        ACMEError: malformed with status 415.
    """
    if value is None or value.strip().lower() != MEDIA_TYPE:
        found = "none" if value is None else repr(value[:100])
        raise refuse(
            ErrorType.MALFORMED,
            f"the Content-Type must be {MEDIA_TYPE}; found: {found}",
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        )


def parse(body: bytes) -> UnverifiedRequest:
    """Return the request that a POST's body is.

    Raises:
        ACMEError: malformed; badSignatureAlgorithm with the supported `algorithms`; badPublicKey.
    """
    jws = flattened.parse(parse_object(body, _WHAT), _WHAT)
    header = jws.header
    nonce = flattened.optional_string(header, "nonce", _WHAT)
    if nonce is not None:
        decode_base64url(nonce, "`nonce` in the protected header")
    algorithm = require_supported_algorithm(header.get("alg"))
    jwk, kid = _key(header)
    if jwk is not None:
        _require_fitting(algorithm, jwk)
    return UnverifiedRequest(
        algorithm=algorithm,
        nonce=nonce,
        url=flattened.optional_string(header, "url", _WHAT),
        jwk=jwk,
        kid=kid,
        payload=jws.payload,
        signing_input=jws.signing_input,
        signature=jws.signature,
    )


def _key(header: Mapping[str, Any]) -> tuple[AccountPublicKey | None, str | None]:
    """Return the key, or the account URL, that a request is signed with: one of them."""
    if ("jwk" in header) == ("kid" in header):
        raise malformed("the protected header must have either `jwk` or `kid`, and not both")
    if "jwk" in header:
        return parse_jwk(header["jwk"]), None
    return None, flattened.optional_string(header, "kid", _WHAT)


def _require_fitting(algorithm: str, key: AccountPublicKey) -> None:
    if ALGORITHMS[algorithm] is not key.family:
        raise malformed(f"the algorithm {algorithm} does not fit a key of type {key.family}")


def require_jwk(request: UnverifiedRequest) -> AccountPublicKey:
    """Return the key of a request that must carry one: newAccount, revocation by certificate key.

    Raises:
        ACMEError: malformed.
    """
    if request.jwk is None:
        raise malformed("this resource needs `jwk` in the protected header, not `kid`")
    return request.jwk


def require_kid(request: UnverifiedRequest) -> str:
    """Return the account URL of a request that must name one: everything but newAccount.

    Raises:
        ACMEError: malformed.
    """
    if request.kid is None:
        raise malformed("this resource needs `kid`, the account URL, in the protected header")
    return request.kid


def verify_signature(request: UnverifiedRequest, key: AccountPublicKey) -> None:
    """Check that `key` signed the request.

    Raises:
        ACMEError: malformed: the signature is another's, or the algorithm doesn't fit the key.
    """
    _require_fitting(request.algorithm, key)
    if not key.verifies(request.algorithm, request.signing_input, request.signature):
        raise malformed("the signature is not one by the account's key over this request")


def require_nonce(request: UnverifiedRequest) -> str:
    """Return the nonce of a request whose signature is verified.

    Raises:
        ACMEError: badNonce, when there is none.
    """
    if request.nonce is None:
        raise refuse(ErrorType.BAD_NONCE, "the protected header must have a `nonce`")
    return request.nonce


def require_url(request: UnverifiedRequest, expected: str) -> None:
    """Check that a request was signed for the URL it was sent to, character by character.

    Raises:
        ACMEError: malformed when it names none, unauthorized when it names another (RFC 8555 §6.4).
    """
    if request.url is None:
        raise malformed("the protected header must have a `url`")
    if request.url != expected:
        signed = repr(request.url[:300])
        raise unauthorized(f"the request was signed for {signed}, but it was sent to {expected}")


def payload_object(request: UnverifiedRequest) -> dict[str, Any]:
    """Return the JSON object that a request's payload must be.

    Raises:
        ACMEError: malformed.
    """
    if request.post_as_get:
        raise malformed("the payload is empty; this resource needs a JSON object")
    return parse_object(request.payload, "the payload")


def require_empty_payload(request: UnverifiedRequest) -> None:
    """Check that a request that only reads is a POST-as-GET (RFC 8555 §6.3).

    Raises:
        ACMEError: malformed. A payload of `{}` is not an empty one.
    """
    if not request.post_as_get:
        raise malformed("this resource is read with POST-as-GET: the payload must be empty")
