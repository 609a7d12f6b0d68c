"""Sets of names as name constraints give them (RFC 5280 section 4.2.1.10), and who is in them.

Where the RFC leaves room the stricter reading rules: what is accepted here, verifiers accept too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

from cryptography import x509

from certwright.pki.errors import PKIError
from certwright.pki.general_names import GeneralNames, UnsupportedGeneralName
from certwright.pki.names import (
    InvalidName,
    IPAddress,
    canonical_dns_name,
    canonical_email_address,
)

IPNetwork: TypeAlias = IPv4Network | IPv6Network


class InvalidNameConstraints(PKIError):
    """A subtree is malformed, or of a name type that this package can't enforce."""


@dataclass(frozen=True, slots=True)
class NameSubtrees:
    """Sets of names, by type; a type without entries says nothing about names of that type.

    Args:
        dns_domains: `example.com` is that name and all below it, `.example.com` only those below
            (which RFC 5280 doesn't know, but OpenSSL and Go do), and the empty string every name.
        ip_ranges: Networks.
        email_addresses: `user@example.com` is one mailbox, `example.com` all mailboxes on that
            host, `.example.com` those on hosts below it.
        uri_domains: `example.com` is that host, `.example.com` those below it.

    Raises:
        InvalidNameConstraints: An entry has another form.
    """

    dns_domains: tuple[str, ...] = ()
    ip_ranges: tuple[IPNetwork, ...] = ()
    email_addresses: tuple[str, ...] = ()
    uri_domains: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        try:
            set_field(self, "dns_domains", tuple(d and _domain(d) for d in self.dns_domains))
            set_field(self, "email_addresses", tuple(map(_mailboxes, self.email_addresses)))
            set_field(self, "uri_domains", tuple(map(_domain, self.uri_domains)))
        except InvalidName as invalid:
            raise InvalidNameConstraints(f"a name constraint is malformed: {invalid}") from None

    @property
    def is_empty(self) -> bool:
        """True if there is no entry of any type."""
        return not (self.dns_domains or self.ip_ranges or self.email_addresses or self.uri_domains)

    def to_x509(self) -> list[x509.GeneralName] | None:
        """Write them as GeneralSubtrees; None if empty, since an empty sequence is malformed."""
        names = GeneralNames(
            self.dns_domains, self.ip_ranges, self.email_addresses, self.uri_domains
        )
        return names.to_x509() or None

    @classmethod
    def from_x509(cls, subtrees: Iterable[x509.GeneralName]) -> "NameSubtrees":
        """Read GeneralSubtrees.

        Raises:
            InvalidNameConstraints: An entry is malformed or of another type (directoryName, say).
        """
        try:
            found: GeneralNames[IPNetwork] = GeneralNames.from_x509(
                subtrees, (IPv4Network, IPv6Network), "a name constraint"
            )
        except UnsupportedGeneralName as unsupported:
            raise InvalidNameConstraints(str(unsupported)) from None
        return cls(found.dns_names, found.ip_addresses, found.mailboxes, found.uris)


# Each of the following takes a name or a whole subtree as its first argument: `.example.com` ends
# with `.example.com`, and so does every name and every subtree within it.


def dns_name_within(name: str, domain: str) -> bool:
    """Tell whether a DNS name, or all names of a DNS domain, are within a domain."""
    if not domain or domain.startswith("."):
        return name.endswith(domain)
    return name == domain or name.endswith(f".{domain}")


def dns_name_touches(name: str, domain: str) -> bool:
    """Tell whether a DNS name may be within a domain: a wildcard stands for names it never shows.

    Verifiers compare `*.example.com` as it is written and so let it pass where `www.example.com`
    is excluded, for which it serves just as well.
    """
    return dns_name_within(name, domain) or (
        name.startswith("*.") and domain.partition(".")[2] == name[2:]
    )


def ip_address_within(address: IPAddress | IPNetwork, network: IPNetwork) -> bool:
    """Tell whether an address, or a whole network, is within a network."""
    inner = ip_network(address)
    if isinstance(inner, IPv4Network):
        return isinstance(network, IPv4Network) and inner.subnet_of(network)
    return isinstance(network, IPv6Network) and inner.subnet_of(network)


def mailbox_within(mailbox: str, mailboxes: str) -> bool:
    """Tell whether a mailbox, or all of a host or domain, are within a set of mailboxes."""
    if "@" in mailboxes:
        return mailbox == mailboxes
    return host_within(mailbox.rpartition("@")[2], mailboxes)


def host_within(host: str, domain: str) -> bool:
    """Tell whether a host, or all hosts of a domain, are that host or within that domain."""
    return host.endswith(domain) if domain.startswith(".") else host == domain


def _domain(domain: str) -> str:
    dot, name = (".", domain[1:]) if domain.startswith(".") else ("", domain)
    return dot + canonical_dns_name(name, wildcard=False)


def _mailboxes(mailboxes: str) -> str:
    return canonical_email_address(mailboxes) if "@" in mailboxes else _domain(mailboxes)
