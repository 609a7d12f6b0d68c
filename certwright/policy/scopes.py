"""What a grant or a credential leaves of what the template allows."""

from dataclasses import dataclass
from ipaddress import ip_network

from certwright.policy.model import PolicyModel
from certwright.policy.patterns import DNSPattern
from certwright.policy.values import IPNetwork


class Scope(PolicyModel):
    """The names that a grant or a credential narrows to.

    A scope that lists any kind of name permits only what it lists: with `dns_names` alone it
    permits no address. One that lists none, both members None, permits everything its parent does.
    An empty list lists nothing, and permits nothing.

    Args:
        dns_names: Patterns of DNS names, `${namespace}` already substituted.
        wildcards: Whether wildcard certificates are left, where the template allows them.
        ip_cidrs: Networks as CIDR.
        origin: Who narrows, for messages: `grant teams of profile pki/web`.
    """

    dns_names: tuple[str, ...] | None = None
    wildcards: bool = True
    ip_cidrs: tuple[str, ...] | None = None
    origin: str

    @property
    def unlimited(self) -> bool:
        """Whether it lists no kind of name."""
        return self.dns_names is None and self.ip_cidrs is None


@dataclass(frozen=True, slots=True)
class CompiledScope:
    """A scope with its patterns parsed; the members are as in `Scope`."""

    origin: str
    unlimited: bool
    wildcards: bool
    dns_patterns: tuple[DNSPattern, ...]
    networks: tuple[IPNetwork, ...]

    @classmethod
    def of(cls, scope: Scope) -> "CompiledScope":
        """Parse a scope's patterns.

        Raises:
            InvalidPattern: a DNS name pattern is none.
            ValueError: a network is none.
        """
        return cls(
            scope.origin,
            scope.unlimited,
            scope.wildcards,
            tuple(map(DNSPattern.parse, scope.dns_names or ())),
            tuple(map(ip_network, scope.ip_cidrs or ())),
        )
