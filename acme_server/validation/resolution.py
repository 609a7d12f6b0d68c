"""Looking names up: a port, and its implementation over dnspython.

The system's own `getaddrinfo` is not used: it appends search domains, so that in a cluster
`google.com` could be the Service `google` of a tenant's namespace `com`; it can't be cancelled; and
it tells a missing name from a failing server poorly.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol, Self

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from acme_server.validation import system
from acme_server.validation.endpoints import Endpoint
from acme_server.validation.networks import IPAddress

#: CNAMEs followed by asking again, where a server doesn't follow them itself.
MOST_ALIASES = 8


class Lookup(IntEnum):
    """How a lookup can fail; the higher the more it says when A and AAAA fail differently."""

    NO_RECORD = 1
    NO_SUCH_NAME = 2
    IMPOSSIBLE_NAME = 3
    TIME_OUT = 4
    SERVER_FAILURE = 5

    @property
    def absent(self) -> bool:
        """Whether DNS has answered, and the answer is that nothing is there."""
        return self <= Lookup.NO_SUCH_NAME


@dataclass(eq=False)
class LookupFailed(Exception):
    """A lookup has no result. `detail` is a sentence for the client."""

    reason: Lookup
    detail: str

    def __str__(self) -> str:
        """Return the sentence."""
        return self.detail


class Resolver(Protocol):
    """The one who looks names up. Every verb is bounded in time and raises `LookupFailed`."""

    async def addresses(self, name: str) -> tuple[IPAddress, ...]:
        """Return the addresses of a name, at least one, each family in the order of the answer."""
        ...

    async def texts(self, name: str) -> tuple[bytes, ...]:
        """Return the TXT records of a name, at least one, the strings of each joined."""
        ...


Nameservers = Callable[[], dns.asyncresolver.Resolver | None]
Hosts = Callable[[], Mapping[str, tuple[IPAddress, ...]]]


class DNSResolver:
    """Looks names up in DNS over UDP, over TCP where the answer is cut. Nothing is cached.

    A lookup takes at most `lifetime` seconds, and each that it takes to follow a CNAME as many
    again. Names are absolute; with `search` they are what a program on this host would understand.
    """

    def __init__(
        self, nameservers: Nameservers, hosts: Hosts, lifetime: float, *, search: bool = False
    ) -> None:
        self._nameservers = nameservers
        self._hosts = hosts
        self._lifetime = lifetime
        self._search = search

    @classmethod
    def asking(cls, nameservers: Sequence[Endpoint], lifetime: float) -> Self:
        """Return a resolver that asks these nameservers in their order, and no file."""
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = [
            dns.nameserver.Do53Nameserver(server.host, server.port) for server in nameservers
        ]
        resolver.timeout = min(resolver.timeout, lifetime / 2)
        return cls(lambda: resolver, dict, lifetime)

    @classmethod
    def of_system(
        cls,
        lifetime: float,
        *,
        search: bool = False,
        hosts: Path = system.HOSTS,
        configuration: Path = system.RESOLV_CONF,
    ) -> Self:
        """Return a resolver that reads the hosts file, then asks the system's nameservers."""
        return cls(
            system.WatchedFile(configuration, system.parse_resolv_conf).current,
            system.WatchedFile(hosts, system.parse_hosts).current,
            lifetime,
            search=search,
        )

    async def addresses(self, name: str) -> tuple[IPAddress, ...]:
        """Return the addresses of a name: those of the hosts file, or AAAA and A of DNS."""
        if known := self._hosts().get(name.lower()):
            return known
        outcomes = await asyncio.gather(
            self._addresses(name, dns.rdatatype.AAAA), self._addresses(name, dns.rdatatype.A)
        )
        found = [
            address for outcome in outcomes if isinstance(outcome, tuple) for address in outcome
        ]
        if not found:
            failures = [outcome for outcome in outcomes if isinstance(outcome, LookupFailed)]
            raise max(failures, key=lambda failure: failure.reason)
        return tuple(found)

    async def texts(self, name: str) -> tuple[bytes, ...]:
        """Return the TXT records of a name."""
        records = await self._records(name, dns.rdatatype.TXT)
        return tuple(b"".join(record.strings) for record in records if isinstance(record, TXT))

    async def _addresses(
        self, name: str, kind: dns.rdatatype.RdataType
    ) -> tuple[IPAddress, ...] | LookupFailed:
        """Return the addresses of one family, or the failure: the other family may have some."""
        try:
            records = await self._records(name, kind)
        except LookupFailed as failure:
            return failure
        return tuple(
            ip_address(record.address) for record in records if isinstance(record, A | AAAA)
        )

    async def _records(self, name: str, kind: dns.rdatatype.RdataType) -> Sequence[dns.rdata.Rdata]:
        what = f"{kind.name} records of {name}"
        nameservers = self._nameservers()
        if nameservers is None:
            raise LookupFailed(
                Lookup.SERVER_FAILURE,
                f"no resolver to ask for {what}: the system names none and validation.resolvers is "
                f"empty",
            )
        try:
            return await self._follow(nameservers, name, kind, what)
        except dns.exception.DNSException as error:
            raise _translated(error, name, what) from error

    async def _follow(
        self,
        nameservers: dns.asyncresolver.Resolver,
        name: str,
        kind: dns.rdatatype.RdataType,
        what: str,
    ) -> Sequence[dns.rdata.Rdata]:
        target = dns.name.from_text(name, origin=None if self._search else dns.name.root)
        for _ in range(MOST_ALIASES + 1):
            answer = await nameservers.resolve(
                target,
                kind,
                raise_on_no_answer=False,
                lifetime=self._lifetime,
                search=self._search,
            )
            if answer.rrset is not None:
                return tuple(answer.rrset)
            if answer.canonical_name == answer.qname:
                raise LookupFailed(Lookup.NO_RECORD, f"DNS has no {what}")
            target = answer.canonical_name
        raise LookupFailed(
            Lookup.SERVER_FAILURE, f"more than {MOST_ALIASES} CNAMEs on the way to {what}"
        )


def _translated(error: dns.exception.DNSException, name: str, what: str) -> LookupFailed:
    match error:
        case dns.resolver.NXDOMAIN():
            return LookupFailed(
                Lookup.NO_SUCH_NAME, f"DNS has no {what}: the name doesn't exist (NXDOMAIN)"
            )
        case dns.exception.Timeout():
            return LookupFailed(
                Lookup.TIME_OUT, f"no resolver answered in time when asked for {what}"
            )
        case dns.resolver.NoNameservers():
            return LookupFailed(
                Lookup.SERVER_FAILURE,
                f"no resolver could answer for {what}: {', '.join(_answers(error))}",
            )
    return LookupFailed(Lookup.IMPOSSIBLE_NAME, f"{name} can't be looked up in DNS")


def _answers(error: dns.resolver.NoNameservers) -> list[str]:
    """Return what the nameservers said: response codes, or that they could not be asked."""
    said = set()
    for _, _, _, reason, response in error.kwargs["errors"]:
        if response is not None:
            said.add(dns.rcode.to_text(response.rcode()))
        else:
            said.add("unreachable" if isinstance(reason, OSError) else "no valid answer")
    return sorted(said)
