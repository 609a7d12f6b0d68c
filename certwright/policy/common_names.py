"""Patterns of common names, which hold DNS names, addresses or, in other hands, anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from certwright.policy.identifiers import Identifier
from certwright.policy.patterns import (
    DNSPattern,
    InvalidPattern,
    names_covered,
    names_touched,
)
from certwright.policy.values import ANY_RUN, ValuePattern


@dataclass(frozen=True, slots=True)
class CommonNamePattern:
    """A pattern of common names.

    What reads as a pattern of DNS names is one, so that `**.acme.com` means in `commonName` what it
    means in `dnsNames`. All else, and `*` alone, is a pattern of values: `*` is any run of
    characters there.
    """

    dns: DNSPattern | None
    value: ValuePattern | None

    @classmethod
    def parse(cls, text: str) -> "CommonNamePattern":
        """Return the pattern that `text` writes; every text is one."""
        if text == ANY_RUN:
            return cls(None, ValuePattern(text))
        try:
            return cls(DNSPattern.parse(text), None)
        except InvalidPattern:
            return cls(None, ValuePattern(text))

    def touches(self, identifier: Identifier) -> bool:
        """Tell whether it matches a name that the identifier stands for: what denying asks."""
        if self.value:
            return self.value.matches(identifier.value)
        return self.dns is not None and names_touched(self.dns, identifier)

    def __str__(self) -> str:
        """Return the pattern as it was written."""
        return str(self.dns or self.value)


def common_name_covered(identifier: Identifier, patterns: Sequence[CommonNamePattern]) -> bool:
    """Tell whether every name that a common name stands for is matched by one of `patterns`."""
    if any(pattern.value.matches(identifier.value) for pattern in patterns if pattern.value):
        return True
    names = [pattern.dns for pattern in patterns if pattern.dns]
    return names_covered(identifier, names)
