"""What a client asks a certificate for: ACME identifiers as values (RFC 8555 §7.1.4, RFC 8738)."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from certwright.pki.names import LONGEST_DNS_NAME, InvalidName, canonical_dns_name

WILDCARD_PREFIX = "*."

_SHOWN = 300


class InvalidIdentifier(ValueError):
    """A value that is no DNS name or IP address; the text says what was found."""


class IdentifierType(StrEnum):
    """The identifier types of the ACME registry that Certwright serves."""

    DNS = "dns"
    IP = "ip"


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """One identifier of an order in canonical form.

    `value` is a lower-case DNS name without trailing dot, which may begin with `*.`, or an IP
    address in the text form of RFC 5952 (RFC 8738 §3).
    """

    type: IdentifierType
    value: str

    @property
    def wildcard(self) -> bool:
        """Whether a wildcard certificate is asked for (RFC 8555 §7.1.3)."""
        return self.type is IdentifierType.DNS and self.value.startswith(WILDCARD_PREFIX)

    @property
    def base(self) -> "Identifier":
        """The identifier that an authorization names, without `*.` (RFC 8555 §7.1.4)."""
        if not self.wildcard:
            return self
        return Identifier(self.type, self.value.removeprefix(WILDCARD_PREFIX))

    def __str__(self) -> str:
        """Return the value, as a person would write it."""
        return self.value


def parse_dns_name(value: str) -> Identifier:
    """Return the identifier of a DNS name, folded to lower case.

    The name may begin with `*.`, once, over at least two labels. A single label (`intranet`) is
    well formed: a private CA serves such names if its template allows them.

    Raises:
        InvalidIdentifier: not a DNS name in letters, digits and hyphens, or an IP address.
    """
    fault = _name_fault(value)
    if fault:
        raise InvalidIdentifier(f"{value[:_SHOWN]!r} is no DNS name: it {fault}")
    try:
        return Identifier(IdentifierType.DNS, canonical_dns_name(value))
    except InvalidName as error:
        raise InvalidIdentifier(str(error)) from None


def _name_fault(name: str) -> str | None:
    """Tell what ACME has to say beyond the syntax of names, as the end of a sentence."""
    if not 0 < len(name) <= LONGEST_DNS_NAME:
        return f"has {len(name)} characters; allowed: 1 to {LONGEST_DNS_NAME}"
    if not name.isascii():
        # Before anything is folded: the Kelvin sign folds into `k`.
        return "is not ASCII; write it in A-labels (xn--…)"
    if _is_address(name):
        return "is an IP address, which has the identifier type `ip` (RFC 8738)"
    base = name.removeprefix(WILDCARD_PREFIX)
    if "*" in base:
        return "has a `*` that is not its whole leftmost label"
    if base != name and "." not in base:
        return "has a `*` over a single label; a wildcard needs at least two labels after it"
    return None


def _is_address(text: str) -> bool:
    try:
        _address(text.removeprefix("[").removesuffix("]"))
    except AddressValueError:
        return False
    return True


def parse_ip_address(value: str) -> Identifier:
    """Return the identifier of an IP address, which must be in its canonical form.

    RFC 8738 §3 asks for the text form of RFC 1123 §2.1 (IPv4) or RFC 5952 (IPv6) on the wire.

    Raises:
        InvalidIdentifier: not an address, in another form, or with a zone or prefix length.
    """
    if "%" in value:
        raise InvalidIdentifier(
            f"{value[:_SHOWN]!r} is no IP address: it names a zone, which means nothing elsewhere"
        )
    try:
        address = _address(value)
    except AddressValueError:
        raise InvalidIdentifier(f"{value[:_SHOWN]!r} is no IP address") from None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        # It reaches the same host as the IPv4 address, but would pass by that address's rules.
        raise InvalidIdentifier(
            f"{value[:_SHOWN]!r} is an IPv4 address mapped into IPv6; write {address.ipv4_mapped}"
        )
    if str(address) != value:
        raise InvalidIdentifier(
            f"{value[:_SHOWN]!r} is not in canonical form; write {str(address)!r} (RFC 5952)"
        )
    return Identifier(IdentifierType.IP, value)


def parse_identifier(value: str) -> Identifier:
    """Return the identifier of what a person writes: an IP address if it reads as one, or a name.

    Raises:
        InvalidIdentifier: it is neither, or an address in another form than the canonical one.
    """
    try:
        _address(value)
    except AddressValueError:
        return parse_dns_name(value)
    return parse_ip_address(value)


def _address(text: str) -> IPv4Address | IPv6Address:
    return IPv6Address(text) if ":" in text else IPv4Address(text)
