"""Which addresses the server connects to for validation (RFC 8555 §10.4): pure decisions.

A private CA serves private networks, so those are allowed. What is refused is what an account
holder should never reach through the server: the server's own host, its link, the metadata services
of clouds, and addresses that no host can have.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)
from typing import TypeAlias

IPAddress: TypeAlias = IPv4Address | IPv6Address
IPNetwork: TypeAlias = IPv4Network | IPv6Network

ALLOWED_SETTING = "validation.allowedNetworks"
DENIED_SETTING = "validation.deniedNetworks"


@dataclass(frozen=True, slots=True)
class SpecialNetwork:
    """A network that is refused unless a setting allows it, and what its addresses are."""

    network: IPNetwork
    kind: str


def _special(kind: str, *networks: str) -> tuple[SpecialNetwork, ...]:
    return tuple(SpecialNetwork(ip_network(network), kind) for network in networks)


#: The first that matches names the address, so the narrow stand before the wide.
ALWAYS_REFUSED: tuple[SpecialNetwork, ...] = (
    *_special(
        "a cloud's metadata service",
        "169.254.169.254/32",  # AWS, Azure, Google, OpenStack and others
        "169.254.170.2/32",  # credentials of AWS containers
        "100.100.100.200/32",  # Alibaba
        "192.0.0.192/32",  # Oracle, classic
        "168.63.129.16/32",  # Azure's WireServer, a public address that only guests reach
        "fd00:ec2::254/128",  # AWS
        "fd00:ec2::23/128",  # credentials of AWS EKS pods
        "fd20:ce::254/128",  # Google
        "fd00:42::42/128",  # Scaleway
    ),
    *_special("an unspecified address", "0.0.0.0/8", "::/128"),  # RFC 1122 §3.2.1.3
    *_special("a loopback address", "127.0.0.0/8", "::1/128"),
    *_special("a link-local address", "169.254.0.0/16", "fe80::/10"),
    *_special("a multicast address", "224.0.0.0/4", "ff00::/8"),
    *_special("the broadcast address", "255.255.255.255/32"),
    *_special("an address for protocol assignments", "192.0.0.0/24"),  # RFC 6890
    # RFC 8215: where in this range the IPv4 address stands is each operator's choice.
    *_special("a local-use NAT64 address", "64:ff9b:1::/48"),
    *_special("a reserved address", "240.0.0.0/4"),
    # What IANA has given to no use: all but 2000::/3 and the ranges named above, and fc00::/7.
    *_special("a reserved address", "::/3", "4000::/2", "8000::/2", "c000::/3", "e000::/4"),
    *_special("a reserved address", "f000::/5", "f800::/6", "fe00::/9"),
)

_IPV4_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_UNSPECIFIED_AND_LOOPBACK = IPv6Network("::/127")


def embedded(address: IPAddress) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses that a packet to `address` may end up at.

    IPv4-mapped and IPv4-compatible addresses (RFC 4291 §2.5.5), NAT64's well-known prefix (RFC
    6052), 6to4 (RFC 3056) and Teredo (RFC 4380: server and client). Empty for all others.
    """
    if isinstance(address, IPv4Address) or address in _UNSPECIFIED_AND_LOOPBACK:
        return ()
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if address in _NAT64 or address in _IPV4_COMPATIBLE:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()


def _holds(network: IPNetwork, address: IPAddress) -> bool:
    return network.version == address.version and address in network


def _first_holding(networks: Iterable[IPNetwork], address: IPAddress) -> IPNetwork | None:
    return next((network for network in networks if _holds(network, address)), None)


@dataclass(frozen=True, slots=True)
class NetworkRules:
    """Which addresses are refused.

    An address in `denied` is always refused; one in `special` is refused unless `allowed` holds it;
    any other is permitted. An IPv6 address that stands for IPv4 addresses is judged by those.
    """

    allowed: tuple[IPNetwork, ...] = ()
    denied: tuple[IPNetwork, ...] = ()
    special: tuple[SpecialNetwork, ...] = ALWAYS_REFUSED

    def refusal(self, address: IPAddress) -> str | None:
        """Return a sentence why `address` is refused, with the setting to change, or None."""
        inner = embedded(address)
        for form in (address, *inner):
            if (network := _first_holding(self.denied, form)) is not None:
                return f"{_named(address, form)} is in {network}, which {DENIED_SETTING} refuses"
        if _first_holding(self.allowed, address) is not None:
            return None
        return next(
            filter(None, (self._special(address, form) for form in inner or (address,))), None
        )

    def _special(self, address: IPAddress, form: IPAddress) -> str | None:
        if _first_holding(self.allowed, form) is not None:
            return None
        for special in self.special:
            if _holds(special.network, form):
                return (
                    f"{_named(address, form)} is {special.kind}, which is refused unless "
                    f"{ALLOWED_SETTING} lists it"
                )
        return None


def _named(address: IPAddress, form: IPAddress) -> str:
    return str(address) if form == address else f"{address} ({form})"
