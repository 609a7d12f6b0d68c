"""A JWS in flattened JSON serialization (RFC 7515 §7.2.2), as ACME narrows it (RFC 8555 §6.2).

The same shape serves the request, an external account binding and a key change; what their
protected headers must hold differs, and is checked where each is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from acme_server.domain.problems import malformed
from acme_server.protocol.encoding import decode_base64url, parse_object


@dataclass(frozen=True, slots=True)
class FlattenedJWS:
    """The parts of a JWS, decoded. Nothing is verified yet.

    `signing_input` is what was signed: `protected`, a dot and `payload` as they were sent.
    """

    header: Mapping[str, Any]
    payload: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def parse(value: object, what: str) -> FlattenedJWS:
    """Return the parts of a JWS that has one signature and only a protected header.

    `what` names it in errors. Members that RFC 7515 doesn't define are ignored.

    Raises:
        ACMEError: malformed.
    """
    if not isinstance(value, Mapping):
        raise malformed(f"{what} must be a JWS in flattened JSON serialization, a JSON object")
    if "header" in value:
        raise malformed(f"{what} must not have an unprotected `header` (RFC 8555 section 6.2)")
    if "signatures" in value:
        raise malformed(f"{what} must have one `signature`, not `signatures`")
    protected = value.get("protected")
    header = parse_object(
        decode_base64url(protected, f"`protected` of {what}"), f"`protected` of {what}"
    )
    payload = value.get("payload")
    signature = decode_base64url(value.get("signature"), f"`signature` of {what}")
    if not signature:
        raise malformed(f"`signature` of {what} is empty")
    _refuse_extensions(header, what)
    return FlattenedJWS(
        header,
        decode_base64url(payload, f"`payload` of {what}"),
        f"{protected}.{payload}".encode("ascii"),
        signature,
    )


def _refuse_extensions(header: Mapping[str, Any], what: str) -> None:
    """No extension is understood, and `b64` is ruled out by name (RFC 8555 §6.2)."""
    for name in ("crit", "b64"):
        if name in header:
            raise malformed(f"the protected header of {what} must not have {name!r}")


def optional_string(header: Mapping[str, Any], name: str, what: str) -> str | None:
    """Return a member of a protected header that is a string or absent.

    Raises:
        ACMEError: malformed, when it is anything else.
    """
    value = header.get(name)
    if name in header and not isinstance(value, str):
        raise malformed(f"{name!r} in the protected header of {what} must be a string")
    return value


def require_url(header: Mapping[str, Any], url: str, what: str) -> None:
    """Check that an inner JWS is meant for `url`, that of the request which carries it.

    It must have no nonce of its own (RFC 8555 §7.3.4, §7.3.5).

    Raises:
        ACMEError: malformed.
    """
    if "nonce" in header:
        raise malformed(f"the protected header of {what} must not have a `nonce`")
    if header.get("url") != url:
        raise malformed(f"`url` in the protected header of {what} must be {url}")
