"""Names and patterns of names, checked for their syntax; what they match is policy's business.

In a DNS name pattern a whole label may be `*` (exactly one label) or `**` (one or more), the latter
at most twice. In other value patterns `*` is any run of characters.
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import (
    AfterValidator,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

LONGEST_DNS_NAME = 253
NAMESPACE_PLACEHOLDER = "${namespace}"
_MOST_RUNS = 2

_LETTER = "[A-Za-z0-9]"
_INNER = "[-A-Za-z0-9]"
_PLACEHOLDER = r"\$\{namespace\}"


def _label(letter: str, inner: str) -> str:
    """Return the regular expression of an LDH label (RFC 5890, section 2.3.1)."""
    return rf"{letter}(?:{inner}{{0,61}}{letter})?"


def _pattern(label: str) -> str:
    """Return the regular expression of labels, `*` and at most two `**` between dots."""
    one = rf"(?:\*|{label})"
    return rf"^(?:{one}\.)*(?:{one}|\*\*(?:\.{one})*(?:\.\*\*(?:\.{one})*)?)$"


_PLAIN_LABEL = _label(_LETTER, _INNER)
_GRANT_LABEL = _label(f"(?:{_LETTER}|{_PLACEHOLDER})", f"(?:{_INNER}|{_PLACEHOLDER})")

DNS_NAME = rf"^{_PLAIN_LABEL}(?:\.{_PLAIN_LABEL})*$"
DNS_NAME_PATTERN = _pattern(_PLAIN_LABEL)
GRANT_DNS_NAME_PATTERN = _pattern(_GRANT_LABEL)


# A host as RFC 3986 (section 3.2.2) writes one, and after it only characters of that RFC.
HTTP_URL_PATTERN = (
    r"^https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"(?:/[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?$"
)

# Printable ASCII but the @: the name is an IA5String (RFC 5280, section 4.2.1.6).
_LOCAL_PART = "[!-?A-~]{1,64}"
_BITS = "(?:0|[1-9][0-9]{0,2})"

_LABEL = re.compile(_PLAIN_LABEL)
_LABEL_ALLOWED = "letters, digits and inner hyphens, at most 63 (a name in another script as xn--)"


class PatternError(ValueError):
    """A text that is no name, pattern or network; its message says what is allowed."""


def dns_name(text: str) -> str:
    """Return a host name in lower case, checked label by label.

    Raises:
        PatternError: an empty label, a foreign character, a label or the name too long.
    """
    for label in _labels(text):
        _check_label(label)
    return text.lower()


def dns_name_pattern(text: str) -> str:
    """Return a pattern of DNS names in lower case, checked label by label.

    Raises:
        PatternError: as for `dns_name`; `*` as part of a label; a third `**`; a placeholder.
    """
    if "${" in text:
        raise PatternError(f"{NAMESPACE_PLACEHOLDER} is known in a profile's grants only")
    return grant_dns_name_pattern(text)


def grant_dns_name_pattern(text: str) -> str:
    """Return a pattern in which `${namespace}` may stand for a label or a part of one.

    Raises:
        PatternError: as for `dns_name_pattern`, or another placeholder.
    """
    labels = _labels(text)
    for label in labels:
        if label not in {"*", "**"}:
            # The placeholder counts as one letter: what it becomes is checked where it is known.
            _check_label(label.replace(NAMESPACE_PLACEHOLDER, "x"))
    if labels.count("**") > _MOST_RUNS:
        raise PatternError("a pattern holds ** at most twice")
    return text.lower()


def _labels(text: str) -> list[str]:
    if not 1 <= len(text) <= LONGEST_DNS_NAME:
        raise PatternError(f"a DNS name has 1 to {LONGEST_DNS_NAME} characters")
    return text.split(".")


def _check_label(label: str) -> None:
    if not label:
        raise PatternError("a label is empty: dots separate labels, none leads or trails")
    if "${" in label:
        raise PatternError(f"the only placeholder is {NAMESPACE_PLACEHOLDER}")
    if "*" in label:
        raise PatternError("* stands for one whole label and ** for one or more, never for a part")
    if not _LABEL.fullmatch(label):
        raise PatternError(f"a label of a DNS name has {_LABEL_ALLOWED}")


def network(value: object) -> IPv4Network | IPv6Network:
    """Return the network that a text writes as CIDR, with an explicit prefix and no host bits.

    Raises:
        PatternError: no CIDR, host bits set, or an IPv4-mapped IPv6 network.
    """
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    if not isinstance(value, str) or "/" not in value or "%" in value:
        raise PatternError("must be a network as CIDR, such as 192.0.2.0/24 or 2001:db8::/32")
    if not re.fullmatch(_BITS, value.partition("/")[2]):
        raise PatternError("after the / stands a number of bits, as in 192.0.2.0/24")
    try:
        found = ip_network(value, strict=False)
    except ValueError as error:
        raise PatternError("must be a network as CIDR, such as 192.0.2.0/24") from error
    if found.version == 6 and found.network_address.ipv4_mapped is not None:
        raise PatternError("an IPv4 network is written as such, not mapped into IPv6")
    if ip_address(value.partition("/")[0]) != found.network_address:
        raise PatternError(f"bits are set after the prefix: write {found}")
    return found


DNSName = Annotated[
    str,
    AfterValidator(dns_name),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_DNS_NAME, "pattern": DNS_NAME}),
]
"""A host name, in lower case."""

DNSNamePattern = Annotated[
    str,
    AfterValidator(dns_name_pattern),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_DNS_NAME, "pattern": DNS_NAME_PATTERN}),
]
"""A pattern of DNS names, in lower case."""

GrantDNSNamePattern = Annotated[
    str,
    AfterValidator(grant_dns_name_pattern),
    WithJsonSchema(
        {"type": "string", "maxLength": LONGEST_DNS_NAME, "pattern": GRANT_DNS_NAME_PATTERN}
    ),
]
"""A pattern of DNS names that may hold `${namespace}`, in lower case."""

ValuePattern = Annotated[
    str, StringConstraints(min_length=1, max_length=512, pattern=r"^[^\x00-\x1f\x7f]+$")
]
"""A pattern of other values, in which `*` is any run of characters."""

Network = Annotated[
    IPv4Network | IPv6Network,
    PlainValidator(network),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "maxLength": 43, "pattern": f"^[0-9A-Fa-f:.]+/{_BITS}$"}),
]
"""A network that documents write as CIDR and that is an `ipaddress` network in Python."""

HTTPURL = Annotated[str, StringConstraints(max_length=2048, pattern=HTTP_URL_PATTERN)]
"""An absolute URL that plain HTTP clients fetch; verifiers of certificates know nothing else."""

ConstraintDomain = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=254, pattern=rf"^\.?{_PLAIN_LABEL}(?:\.{_PLAIN_LABEL})*$"
    ),
]
"""A host, or with a leading dot all hosts below it (RFC 5280, section 4.2.1.10)."""

ConstraintMailbox = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=320,
        pattern=rf"^(?:{_LOCAL_PART}@|\.)?{_PLAIN_LABEL}(?:\.{_PLAIN_LABEL})*$",
    ),
]
"""A mailbox, a host, or with a leading dot all hosts below it (RFC 5280, section 4.2.1.10)."""
