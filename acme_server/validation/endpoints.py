"""Hosts and ports as people write them."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from acme_server.validation.networks import IPAddress

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LONGEST_NAME = 253


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host, by name or by address, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return `host:port`, an IPv6 address in brackets (RFC 3986 §3.2.2)."""
        return f"{bracketed(self.host)}:{self.port}"


def bracketed(host: str) -> str:
    """Return a host as it stands in a URL or a `Host` header: an IPv6 address in brackets."""
    return f"[{host}]" if isinstance(parse_address(host), IPv6Address) else host


def parse_address(text: str) -> IPAddress | None:
    """Return the IP address that `text` writes, or None: a name, or an address with a zone.

    A zone (`fe80::1%eth0`) means something on one host only, so it is no part of an address here.
    """
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


def parse_name(text: str) -> str:
    """Return `text` if it is a lower-case DNS name without trailing dot; raise `ValueError`."""
    if len(text) > _LONGEST_NAME or not _NAME.fullmatch(text):
        raise ValueError(
            f"{text!r} is no DNS name: write lower-case letters, digits and hyphens with "
            "dots between them and none at either end, such as apps.example.com"
        )
    return text


def parse_endpoint(text: str) -> Endpoint:
    """Return the host and port of `NAME:PORT`, `IPV4:PORT` or `[IPV6]:PORT`; raise `ValueError`."""
    host, _, digits = text.rpartition(":")
    if not re.fullmatch(r"[0-9]{1,5}", digits) or not 1 <= int(digits) <= 65535 or not host:
        raise ValueError(f"{text!r} is no HOST:PORT with a port between 1 and 65535")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError(f"{text!r}: write an IPv6 address in brackets, such as [fd00::1]:{digits}")
    address = parse_address(host.strip("[]"))
    return Endpoint(parse_name(host) if address is None else str(address), int(digits))


def parse_nameserver(text: str) -> Endpoint:
    """Return the nameserver that `IP` or `IP:PORT` (`[IPV6]:PORT`) writes; raise `ValueError`."""
    if (address := parse_address(text)) is not None:
        return Endpoint(str(address), 53)
    endpoint = parse_endpoint(text)
    if parse_address(endpoint.host) is None:
        raise ValueError(f"{text!r} is no address: write IP or IP:PORT, such as 10.0.0.53:53")
    return endpoint
