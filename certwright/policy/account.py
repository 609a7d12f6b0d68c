"""What one account may have: a template and what narrows it, with all patterns parsed once."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_network

from certwright.policy.common_names import CommonNamePattern
from certwright.policy.findings import Finding
from certwright.policy.patterns import DNSPattern
from certwright.policy.scopes import CompiledScope, Scope
from certwright.policy.template import NameRules, TemplatePolicy
from certwright.policy.values import IPNetwork, ValuePattern

__all__ = ["AccountPolicy", "CompiledRules", "CompiledTemplate", "Finding"]


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """Rules for names with their patterns parsed; `subject` is by the attribute's name."""

    common_names: tuple[CommonNamePattern, ...]
    subject: dict[str, tuple[ValuePattern, ...]]
    dns_patterns: tuple[DNSPattern, ...]
    networks: tuple[IPNetwork, ...]

    @classmethod
    def of(cls, rules: NameRules) -> "CompiledRules":
        """Parse the patterns.

        Raises:
            InvalidPattern: a DNS name pattern is none.
            ValueError: a network is none.
        """
        return cls(
            tuple(map(CommonNamePattern.parse, rules.common_names)),
            {name: tuple(map(ValuePattern, values)) for name, values in rules.subject},
            tuple(map(DNSPattern.parse, rules.dns_names)),
            tuple(map(ip_network, rules.ip_cidrs)),
        )


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A template with its patterns parsed."""

    policy: TemplatePolicy
    allowed: CompiledRules
    denied: CompiledRules

    @classmethod
    def of(cls, policy: TemplatePolicy) -> "CompiledTemplate":
        """Parse a template's patterns.

        Raises:
            InvalidPattern: a DNS name pattern is none.
            ValueError: a network is none.
        """
        return cls(policy, CompiledRules.of(policy.allowed), CompiledRules.of(policy.denied))


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """What an account may have: what the template allows and every scope leaves.

    Args:
        template: The security boundary.
        scopes: The grant's, then the credential's; none for an account without a credential.
        validation_required: Whether control of names is to be proved by challenges.
    """

    template: CompiledTemplate
    scopes: tuple[CompiledScope, ...] = ()
    validation_required: bool = True

    @classmethod
    def of(
        cls,
        template: TemplatePolicy,
        scopes: Iterable[Scope] = (),
        *,
        validation_required: bool = True,
    ) -> "AccountPolicy":
        """Parse all patterns.

        Raises:
            InvalidPattern: a DNS name pattern is none.
            ValueError: a network is none.
        """
        return cls(
            CompiledTemplate.of(template),
            tuple(map(CompiledScope.of, scopes)),
            validation_required,
        )
