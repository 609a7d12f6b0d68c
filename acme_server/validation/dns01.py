"""The dns-01 challenge (RFC 8555 §8.4)."""

import hashlib
import re
from base64 import urlsafe_b64encode

from acme_server.domain.problems import ErrorType
from acme_server.ports import ValidationRequest
from acme_server.validation.failures import AttemptFailed, unauthorized
from acme_server.validation.resolution import LookupFailed, Resolver

PREFIX = "_acme-challenge."

#: What dns-01 publishes: the base64url of a SHA-256 digest.
_CHALLENGE_VALUE = re.compile(rb"[A-Za-z0-9_-]{43}")
_SHOWN_CHARACTERS = 12


class DNS01:
    """Looks for the key authorization's digest in the TXT records of `_acme-challenge.NAME`."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def prove(self, request: ValidationRequest) -> None:
        """Return when the challenge is met; raise `AttemptFailed` when it isn't."""
        name = f"{PREFIX}{request.identifier.value}"
        try:
            values = await self._resolver.texts(name)
        except LookupFailed as failure:
            kind = ErrorType.UNAUTHORIZED if failure.reason.absent else ErrorType.DNS
            raise AttemptFailed(kind, failure.detail) from failure
        if expected_value(request.key_authorization) not in values:
            raise unauthorized(_mismatch(name, values))


def expected_value(key_authorization: str) -> bytes:
    """Return what the TXT record must hold (RFC 8555 §8.4)."""
    return urlsafe_b64encode(hashlib.sha256(key_authorization.encode()).digest()).rstrip(b"=")


def _mismatch(name: str, values: tuple[bytes, ...]) -> str:
    """Return the sentence for records of which none is the expected.

    The start of a value is shown where it is another challenge's, left over as a rule. Anything
    else may be what a CNAME leads to, in a zone that the account holder can't read.
    """
    first = values[0]
    shown = f"of {len(first)} bytes"
    if _CHALLENGE_VALUE.fullmatch(first):
        shown = f'beginning "{first[:_SHOWN_CHARACTERS].decode("ascii")}"'
    more = f" (and {len(values) - 1} more)" if len(values) > 1 else ""
    return f"Incorrect TXT record found at {name}: one {shown}{more}"
