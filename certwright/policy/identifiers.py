"""What a client asks a certificate for: ACME identifiers as values (RFC 8555 §7.1.4, RFC 8738)."""

from dataclasses import dataclass
from enum import StrEnum

WILDCARD_PREFIX = "*."


class IdentifierType(StrEnum):
    """The identifier types of the ACME registry that Certwright serves."""

    DNS = "dns"
    IP = "ip"


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """One identifier of an order in canonical form.

    `value` is a lower-case DNS name without trailing dot, which may begin with `*.`, or an IP address
    in the text form of RFC 5952 (RFC 8738 §3).
    """

    type: IdentifierType
    value: str

    @property
    def wildcard(self) -> bool:
        """Whether a wildcard certificate is asked for (RFC 8555 §7.1.3)."""
        return self.type is IdentifierType.DNS and self.value.startswith(WILDCARD_PREFIX)

    @property
    def base(self) -> "Identifier":
        """The identifier that an authorization names: this one without its `*.` (RFC 8555 §7.1.4)."""
        if not self.wildcard:
            return self
        return Identifier(self.type, self.value.removeprefix(WILDCARD_PREFIX))

    def __str__(self) -> str:
        """Return the value, as a person would write it."""
        return self.value
