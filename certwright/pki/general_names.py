"""GeneralNames (RFC 5280 section 4.2.1.6) of the four types that this package works with."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Generic, TypeVar

from cryptography import x509

from certwright.pki.errors import PKIError

Address = TypeVar("Address", bound=IPv4Address | IPv6Address | IPv4Network | IPv6Network)


class UnsupportedGeneralName(PKIError):
    """A name is of another type, such as otherName, directoryName or registeredID."""


@dataclass(frozen=True, slots=True)
class GeneralNames(Generic[Address]):
    """Names by type, each in the order given; what they may say is their users' matter.

    Args:
        dns_names: dNSName.
        ip_addresses: iPAddress: addresses in a certificate's names, networks in name constraints.
        mailboxes: rfc822Name.
        uris: uniformResourceIdentifier.
    """

    dns_names: tuple[str, ...]
    ip_addresses: tuple[Address, ...]
    mailboxes: tuple[str, ...]
    uris: tuple[str, ...]

    def to_x509(self) -> list[x509.GeneralName]:
        """Write them: DNS names first, then addresses, mailboxes, URIs."""
        return [
            *map(x509.DNSName, self.dns_names),
            *map(x509.IPAddress, self.ip_addresses),
            *map(x509.RFC822Name, self.mailboxes),
            *map(x509.UniformResourceIdentifier, self.uris),
        ]

    @classmethod
    def from_x509(
        cls, names: Iterable[x509.GeneralName], addresses: tuple[type[Address], ...], what: str
    ) -> "GeneralNames[Address]":
        """Sort names by type.

        Args:
            names: Of any types.
            addresses: What an iPAddress has to be here.
            what: What to call one of them in an error: `a name constraint`.

        Raises:
            UnsupportedGeneralName: A name is of another type.
        """
        dns_names: list[str] = []
        found: list[Address] = []
        mailboxes: list[str] = []
        uris: list[str] = []
        for name in names:
            match name:
                case x509.DNSName():
                    dns_names.append(name.value)
                case x509.IPAddress(value=value) if isinstance(value, addresses):
                    found.append(value)
                case x509.RFC822Name():
                    mailboxes.append(name.value)
                case x509.UniformResourceIdentifier():
                    uris.append(name.value)
                case _:
                    raise UnsupportedGeneralName(
                        f"{what} is of type {type(name).__name__}; "
                        "possible: DNS name, IP address, e-mail address, URI"
                    )
        return cls(tuple(dns_names), tuple(found), tuple(mailboxes), tuple(uris))
