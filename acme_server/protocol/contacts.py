"""Contacts of an account: `mailto` URLs with one plain address each (RFC 8555 §7.3)."""

import re
from collections.abc import Mapping
from typing import Any

from acme_server.domain.problems import ErrorType, Problem, combined, malformed
from acme_server.protocol import members

MAXIMUM_CONTACTS = 10
#: RFC 5321 §4.5.3.1.3: a path of 256 octets, less its angle brackets.
MAXIMUM_ADDRESS = 254

_SCHEME = "mailto:"
# The dot-atom of RFC 5322 §3.2.3 without `?`, `%`, `/`, `&` and `#`, which a URL reads as its own.
_ATOM = r"[A-Za-z0-9!$'*+=^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


def parse(payload: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the contacts of a payload as written, each once; None if it has no such member.

    Raises:
        ACMEError: malformed when they are no array of strings; unsupportedContact for another
            scheme, invalidContact for anything but one address; subproblems when several are bad.
    """
    contacts = members.array(payload, "contact", MAXIMUM_CONTACTS)
    if contacts is None:
        return None
    problems = [problem for contact in contacts if (problem := _problem(contact))]
    if problems:
        raise combined(problems[0].type, problems)
    return tuple(dict.fromkeys(contacts))


def _problem(contact: Any) -> Problem | None:
    """Return what is wrong with one contact."""
    if not isinstance(contact, str):
        raise malformed("'contact' must be an array of strings")
    shown = repr(contact[:100])
    scheme = contact[: len(_SCHEME)]
    if scheme.lower() != _SCHEME:
        detail = f"the contact {shown} is not supported; use a mailto: URL"
        return Problem(ErrorType.UNSUPPORTED_CONTACT, detail)
    address = contact[len(_SCHEME) :]
    if len(address) > MAXIMUM_ADDRESS or not _ADDRESS.fullmatch(address):
        detail = (
            f"the contact {shown} is not mailto: and one address in ASCII, with nothing after it"
        )
        return Problem(ErrorType.INVALID_CONTACT, detail)
    return None
