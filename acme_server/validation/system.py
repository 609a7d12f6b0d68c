"""What the system says about names: its hosts file and its resolver's configuration."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

import dns.asyncresolver
import dns.resolver

from acme_server.validation.endpoints import parse_address
from acme_server.validation.networks import IPAddress

T = TypeVar("T")

HOSTS = Path("/etc/hosts")
RESOLV_CONF = Path("/etc/resolv.conf")


class WatchedFile(Generic[T]):
    """A file's meaning, read again when the file changes: a laptop moves between networks.

    `parse` gets the text, or the empty one when the file can't be read.
    """

    def __init__(self, path: Path, parse: Callable[[str], T]) -> None:
        self._path = path
        self._parse = parse
        self._seen: tuple[tuple[int, int] | None, T] | None = None

    def current(self) -> T:
        """Return the meaning of the file as it is now."""
        stamp = self._stamp()
        if self._seen is None or self._seen[0] != stamp:
            self._seen = (stamp, self._parse(self._text()))
        return self._seen[1]

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    def _text(self) -> str:
        try:
            return self._path.read_text(errors="replace")
        except OSError:
            return ""


def parse_hosts(text: str) -> Mapping[str, tuple[IPAddress, ...]]:
    """Return the addresses of each name, in lower case, of a hosts file (hosts(5))."""
    hosts: dict[str, tuple[IPAddress, ...]] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if (parsed := parse_address(address)) is None:
            continue
        for name in map(str.lower, names):
            hosts[name] = (*hosts.get(name, ()), parsed)
    return hosts


def parse_resolv_conf(text: str) -> dns.asyncresolver.Resolver | None:
    """Return the resolver that a resolv.conf describes, or None when it names no nameserver."""
    try:
        return dns.asyncresolver.Resolver(io.StringIO(text))
    except dns.resolver.NoResolverConfiguration:
        return None
