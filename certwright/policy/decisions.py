"""May this account have these names? The answer is findings; none means yes.

Each name must be allowed by the template, denied by none of its rules, and left by every scope.
A wildcard name stands for every name it covers: all of them must be allowed, and none denied.
"""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address

from certwright.policy.account import AccountPolicy, CompiledTemplate
from certwright.policy.findings import Finding, listed
from certwright.policy.identifiers import Identifier, IdentifierType
from certwright.policy.patterns import DNSPattern, names_covered, names_touched
from certwright.policy.scopes import CompiledScope
from certwright.policy.values import IPNetwork

_FIELDS = {IdentifierType.DNS: "dnsNames", IdentifierType.IP: "ipAddresses"}


def decide_identifiers(
    policy: AccountPolicy, identifiers: Iterable[Identifier]
) -> tuple[Finding, ...]:
    """Tell every reason why an account may not have the identifiers, in their order."""
    return tuple(
        finding for identifier in identifiers for finding in decide_identifier(policy, identifier)
    )


def decide_identifier(policy: AccountPolicy, identifier: Identifier) -> Iterator[Finding]:
    """Yield the reasons why an account may not have one identifier: the widest rule first."""
    yield from _template_findings(policy.template, identifier)
    for scope in policy.scopes:
        yield from _scope_findings(scope, identifier)


def is_covered(
    identifier: Identifier, patterns: Sequence[DNSPattern], networks: Sequence[IPNetwork]
) -> bool:
    """Tell whether all that an identifier stands for is matched by patterns or networks."""
    if identifier.type is IdentifierType.IP:
        return any(ip_address(identifier.value) in network for network in networks)
    return names_covered(identifier, patterns)


def _template_findings(template: CompiledTemplate, identifier: Identifier) -> Iterator[Finding]:
    origin, field = template.policy.origin, _FIELDS[identifier.type]
    rule = f"{origin}: denied.{field}"
    for denying in denying_rules(template, identifier):
        yield _finding(rule, identifier, f"is denied by {denying} in denied.{field} of {origin}")
    allowed = template.allowed
    if not is_covered(identifier, allowed.dns_patterns, allowed.networks):
        rules = _rules(identifier, allowed.dns_patterns, allowed.networks)
        said = f"is not in allowed.{field} of {origin}, which are: {listed(rules)}"
        yield _finding(f"{origin}: allowed.{field}", identifier, said)
    if identifier.wildcard and not template.policy.wildcards:
        said = f"is a wildcard name, and {origin} forbids wildcards"
        yield _finding(f"{origin}: allowed.dnsNames.wildcards", identifier, said)


def denying_rules(
    template: CompiledTemplate, identifier: Identifier
) -> Iterator[DNSPattern | IPNetwork]:
    """Yield the denied patterns or networks that match something an identifier stands for."""
    if identifier.type is IdentifierType.IP:
        address = ip_address(identifier.value)
        yield from (network for network in template.denied.networks if address in network)
        return
    yield from (each for each in template.denied.dns_patterns if names_touched(each, identifier))


def _scope_findings(scope: CompiledScope, identifier: Identifier) -> Iterator[Finding]:
    field = _FIELDS[identifier.type]
    if not scope.unlimited and not is_covered(identifier, scope.dns_patterns, scope.networks):
        rules = _rules(identifier, scope.dns_patterns, scope.networks)
        said = f"is not in {field} of {scope.origin}, which are: {listed(rules)}"
        yield _finding(f"{scope.origin}: {field}", identifier, said)
    if identifier.wildcard and not scope.wildcards:
        said = f"is a wildcard name, and {scope.origin} forbids wildcards"
        yield _finding(f"{scope.origin}: dnsNames.wildcards", identifier, said)


def _rules(
    identifier: Identifier, patterns: Sequence[DNSPattern], networks: Sequence[IPNetwork]
) -> Sequence[DNSPattern | IPNetwork]:
    return patterns if identifier.type is IdentifierType.DNS else networks


def _finding(rule: str, identifier: Identifier, said: str) -> Finding:
    return Finding(rule, identifier.value, f"{identifier.value} {said}", identifier)
