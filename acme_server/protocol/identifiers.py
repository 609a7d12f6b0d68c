"""The identifiers of an order: their types and syntax, all faults told at once (RFC 8555 §7.4)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from acme_server.domain.problems import ErrorType, Problem, combined, malformed
from acme_server.protocol import members
from certwright.policy.identifiers import (
    Identifier,
    IdentifierType,
    InvalidIdentifier,
    parse_dns_name,
    parse_ip_address,
)

MAXIMUM_IDENTIFIERS = 100

_PARSERS: Final[Mapping[str, Callable[[str], Identifier]]] = MappingProxyType(
    {IdentifierType.DNS.value: parse_dns_name, IdentifierType.IP.value: parse_ip_address}
)


def parse(payload: Mapping[str, Any]) -> tuple[Identifier, ...]:
    """Return the identifiers of a newOrder, in their order, each once.

    Raises:
        ACMEError: malformed: none, too many, or not objects of two strings; unsupportedIdentifier;
            rejectedIdentifier for what isn't well formed. Several faults become subproblems
            (RFC 8555 §6.7.1), under the type they share or, if they share none, malformed.
    """
    items = members.array(payload, "identifiers", MAXIMUM_IDENTIFIERS)
    if not items:
        raise malformed("'identifiers' must be an array of at least one identifier")
    read = [_identifier(item) for item in items]
    problems = [item for item in read if isinstance(item, Problem)]
    if problems:
        types = {problem.type for problem in problems}
        raise combined(types.pop() if len(types) == 1 else ErrorType.MALFORMED, problems)
    return tuple(dict.fromkeys(item for item in read if isinstance(item, Identifier)))


def _identifier(item: Any) -> Identifier | Problem:
    """Return one identifier, or what is wrong with it."""
    if not isinstance(item, Mapping):
        raise malformed("every identifier must be an object with `type` and `value`")
    kind, value = item.get("type"), item.get("value")
    if not isinstance(kind, str) or not isinstance(value, str):
        raise malformed("`type` and `value` of an identifier must be strings")
    parse_value = _PARSERS.get(kind)
    if parse_value is None:
        detail = f"the identifier type {kind[:20]!r} is not supported; use {' or '.join(_PARSERS)}"
        return Problem(ErrorType.UNSUPPORTED_IDENTIFIER, detail)
    try:
        return parse_value(value)
    except InvalidIdentifier as error:
        written = Identifier(IdentifierType(kind), value)
        return Problem(ErrorType.REJECTED_IDENTIFIER, str(error), identifier=written)
