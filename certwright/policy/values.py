"""Patterns of values that are no DNS names, and networks: what they match."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Final, TypeAlias

ANY_RUN: Final = "*"
"""Any run of characters, the empty one included."""

IPNetwork: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class ValuePattern:
    """A pattern of values: `*` is any run of characters, all else stands for itself.

    The whole value must match, and case counts. Every text is a pattern.
    """

    text: str

    def matches(self, value: str) -> bool:
        """Tell whether the whole value matches; in time linear in the pattern's parts."""
        if ANY_RUN not in self.text:
            return value == self.text
        first, *inner, last = self.text.split(ANY_RUN)
        end = len(value) - len(last)
        if end < len(first) or not (value.startswith(first) and value.endswith(last)):
            return False
        # The leftmost place for each part leaves the most room for the others.
        place = len(first)
        for part in inner:
            place = value.find(part, place, end) + len(part)
            if place < len(part):
                return False
        return True

    def __str__(self) -> str:
        """Return the pattern as it was written."""
        return self.text


def network_covered(network: IPNetwork, others: Iterable[IPNetwork]) -> bool:
    """Tell whether every address of `network` lies in one of `others`."""
    if isinstance(network, IPv4Network):
        fours = [other for other in others if isinstance(other, IPv4Network)]
        return any(network.subnet_of(other) for other in collapse_addresses(fours))
    sixes = [other for other in others if isinstance(other, IPv6Network)]
    return any(network.subnet_of(other) for other in collapse_addresses(sixes))
