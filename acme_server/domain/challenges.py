"""Which challenges can prove which identifiers (RFC 8555 §8, RFC 8737, RFC 8738)."""

from certwright.policy.challenges import ChallengeType
from certwright.policy.identifiers import Identifier, IdentifierType

__all__ = ["ChallengeType", "offered"]


def offered(
    enabled: tuple[ChallengeType, ...], identifier: Identifier
) -> tuple[ChallengeType, ...]:
    """Return which of a profile's `enabled` challenges can prove `identifier`.

    A wildcard is proved by DNS alone (RFC 8555 §7.1.3 leaves it to policy; no HTTP server
    speaks for every name below one); an address is never proved by DNS (RFC 8738 §7).
    """
    if identifier.wildcard:
        return tuple(kind for kind in enabled if kind is ChallengeType.DNS_01)
    if identifier.type is IdentifierType.IP:
        return tuple(kind for kind in enabled if kind is not ChallengeType.DNS_01)
    return enabled
