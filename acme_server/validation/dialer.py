"""The guarded dialer: the only way from a challenge to an address (RFC 8555 §10.4).

1. The name is looked up once.
2. Every address is judged. Those refused are left out; when none is left, the attempt ends with the
   first refusal, which names the setting to change.
3. The connection goes to an address that was judged, never to a name, so a second DNS answer can't
   lead elsewhere.
4. IPv6 goes first. When it can't be connected to, one IPv4 address is tried, as in RFC 8555 §8.3's
   deployments at large; a host with one family only gets two tries as well.

Proxies of the environment are for programs that browse; nothing here reads them.
"""

import asyncio
import errno
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeVar

from acme_server.domain.problems import ErrorType
from acme_server.validation.endpoints import Endpoint, parse_address
from acme_server.validation.failures import AttemptFailed, connection
from acme_server.validation.networks import IPAddress, NetworkRules
from acme_server.validation.resolution import LookupFailed, Resolver

T = TypeVar("T")

#: Opens something at a judged address and a port; raises `CannotConnect`.
Open = Callable[[IPAddress, int], Awaitable[T]]

_TIMED_OUT = "timeout during connect (likely firewall problem)"
_REASONS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset by peer",
    errno.ENETUNREACH: "network unreachable",
    errno.EHOSTUNREACH: "no route to host",
    errno.ETIMEDOUT: _TIMED_OUT,
}


@dataclass(eq=False)
class CannotConnect(Exception):
    """No connection came about. `reason` goes into a sentence."""

    reason: str

    def __str__(self) -> str:
        """Return the reason."""
        return self.reason

    @classmethod
    def because(cls, error: OSError) -> "CannotConnect":
        """Return the failure that an error of the operating system means."""
        if error.errno is None:
            return cls(_TIMED_OUT if isinstance(error, TimeoutError) else "connecting failed")
        return cls(_REASONS.get(error.errno) or os.strerror(error.errno))


class Dialer:
    """Connects to hosts that others name, under the network rules.

    `trusted` looks up the hosts that the settings name; the rules aren't for those.
    """

    def __init__(self, resolver: Resolver, rules: NetworkRules, trusted: Resolver) -> None:
        self._resolver = resolver
        self._rules = rules
        self._trusted = trusted

    async def dial(self, endpoint: Endpoint, open_at: Open[T]) -> T:
        """Open a permitted address of `endpoint`; raise `AttemptFailed`."""
        addresses = await _looked_up(self._resolver, endpoint.host)
        return await _first_open(self._permitted(addresses, endpoint.host), endpoint, open_at)

    async def dial_trusted(self, endpoint: Endpoint, open_at: Open[T]) -> T:
        """Open an address of `endpoint`, a host that the settings name; raise `AttemptFailed`."""
        addresses = await _looked_up(self._trusted, endpoint.host)
        return await _first_open(addresses, endpoint, open_at)

    def _permitted(self, addresses: tuple[IPAddress, ...], host: str) -> tuple[IPAddress, ...]:
        refusals = {address: self._rules.refusal(address) for address in addresses}
        permitted = tuple(address for address, refusal in refusals.items() if refusal is None)
        if not permitted:
            first, *others = filter(None, refusals.values())
            more = f" (and {len(others)} more)" if others else ""
            raise connection(f"No connection to {host}: {first}{more}")
        return permitted


async def _looked_up(resolver: Resolver, host: str) -> tuple[IPAddress, ...]:
    if (address := parse_address(host)) is not None:
        return (address,)
    try:
        return await resolver.addresses(host)
    except LookupFailed as failure:
        raise AttemptFailed(ErrorType.DNS, failure.detail) from failure


def candidates(addresses: tuple[IPAddress, ...]) -> tuple[IPAddress, ...]:
    """Return the two addresses to try in turn, or the one there is."""
    sixes = [address for address in addresses if address.version == 6]
    fours = [address for address in addresses if address.version == 4]
    return (*sixes[:1], *fours[:1]) if sixes and fours else addresses[:2]


async def _first_open(addresses: tuple[IPAddress, ...], endpoint: Endpoint, open_at: Open[T]) -> T:
    reasons = []
    for address in candidates(addresses):
        try:
            return await open_at(address, endpoint.port)
        except CannotConnect as error:
            reasons.append(f"{Endpoint(str(address), endpoint.port)}: {error}")
    raise connection(f"No connection to {endpoint.host}: {'; '.join(reasons)}")


async def connected_socket(address: IPAddress, port: int, *, within: float) -> socket.socket:
    """Return a TCP socket connected to an address `within` seconds; raise `CannotConnect`."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with ExitStack() as on_failure:
        connecting = on_failure.enter_context(socket.socket(family, socket.SOCK_STREAM))
        connecting.setblocking(False)
        try:
            async with asyncio.timeout(within):
                await asyncio.get_running_loop().sock_connect(connecting, (str(address), port))
        except OSError as error:
            raise CannotConnect.because(error) from error
        on_failure.pop_all()
    return connecting
