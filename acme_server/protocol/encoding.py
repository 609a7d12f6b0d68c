"""The two encodings that everything on the wire is made of, read strictly: base64url and JSON."""

import base64
import json
import re
from typing import Any

from acme_server.domain.problems import malformed

#: Nothing in ACME nests deeper than a JWS as a member of a payload; what does attacks the parser.
MAXIMUM_DEPTH = 16
#: The longest number in ACME is a revocation reason; digits beyond 64-bit integers are an attack.
MAXIMUM_DIGITS = 20

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
# Possessive and content with a missing end, so that no input makes it look at a character twice.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


def encode_base64url(data: bytes) -> str:
    """Return base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(value: object, what: str) -> bytes:
    """Return what a base64url string stands for. `what` names it in the error.

    Padding, white space, `+` and `/`, and bits left over that aren't zero are refused: one value
    has one spelling (RFC 7515 §2, RFC 8555 §6.1).

    Raises:
        ACMEError: malformed.
    """
    if not isinstance(value, str):
        raise malformed(f"{what} must be a base64url string")
    if not _BASE64URL.fullmatch(value) or len(value) % 4 == 1:
        raise malformed(f"{what} is not base64url without padding (RFC 7515 section 2)")
    decoded = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    if encode_base64url(decoded) != value:
        raise malformed(f"{what} is not base64url: it ends in bits that are not zero")
    return decoded


def parse_object(data: bytes, what: str) -> dict[str, Any]:
    """Return the JSON object that `data` is. `what` names it in the error.

    Beyond RFC 8259: member names are unique at every depth, numbers and nesting are bounded, and
    text is UTF-8 without unpaired surrogates, so that every string read here can be written again.

    Raises:
        ACMEError: malformed.
    """
    try:
        text = data.decode("utf-8")
        _check_depth(text)
        value = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except ValueError as error:
        raise malformed(f"{what} is not well-formed JSON: {_reason(error)}") from None
    if not isinstance(value, dict):
        raise malformed(f"{what} must be a JSON object")
    return value


def _reason(error: ValueError) -> str:
    """Return what is wrong, never quoting the input."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    if isinstance(error, UnicodeError):
        return "it is not UTF-8 text"
    return str(error)


def _check_depth(text: str) -> None:
    """Raise ValueError if brackets nest too deep. The decoder would recurse as deep as they do."""
    if text.count("{") + text.count("[") <= MAXIMUM_DEPTH:
        return
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAXIMUM_DEPTH:
            raise ValueError(f"it nests deeper than {MAXIMUM_DEPTH} levels")


def _integer(digits: str) -> int:
    if len(digits) > MAXIMUM_DIGITS:
        raise ValueError(f"a number has more than {MAXIMUM_DIGITS} digits")
    return int(digits)


def _fraction(digits: str) -> float:
    if len(digits) > MAXIMUM_DIGITS:
        raise ValueError(f"a number has more than {MAXIMUM_DIGITS} digits")
    return float(digits)


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("an object has two members of one name")
    return found


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)
