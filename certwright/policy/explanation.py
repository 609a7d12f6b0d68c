"""Yes or no to one name, and the rule that decides: for people and their CI, not for the server."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from certwright.policy.account import AccountPolicy, CompiledTemplate
from certwright.policy.decisions import decide_identifiers, is_covered
from certwright.policy.grants import ProfileGrants, Tenant, grant_scope, not_granted
from certwright.policy.identifiers import (
    Identifier,
    IdentifierType,
    InvalidIdentifier,
    parse_identifier,
)
from certwright.policy.patterns import DNSPattern
from certwright.policy.scopes import CompiledScope
from certwright.policy.values import IPNetwork


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer.

    Args:
        allowed: Yes or no.
        rule: The rule that decides: the narrowest that permits, or the first that refuses.
        message: A sentence.
    """

    allowed: bool
    rule: str
    message: str


def explain(policy: AccountPolicy, name: str) -> Verdict:
    """Say whether an account may have a name, a wildcard name or an IP address, and why."""
    try:
        identifier = parse_identifier(name)
    except InvalidIdentifier as error:
        return Verdict(False, "identifier", str(error))
    findings = decide_identifiers(policy, (identifier,))
    if findings:
        said = "; ".join(finding.message for finding in findings)
        return Verdict(False, findings[0].rule, said)
    permissions = list(_permissions(policy, identifier))
    said = "; ".join(f"{pattern} in {rule}" for rule, pattern in permissions)
    return Verdict(True, permissions[-1][0], f"{identifier} is allowed by {said}")


def explain_for_tenant(
    template: CompiledTemplate, profile: ProfileGrants, tenant: Tenant, name: str
) -> Verdict:
    """Say whether a credential of a namespace could give its accounts a name.

    Every grant for the namespace counts: a credential that asks for just this name is under the
    first that gives it.
    """
    grants = profile.selecting(tenant)
    if not grants:
        finding = not_granted(profile, tenant)
        return Verdict(False, finding.rule, finding.message)
    scopes = (CompiledScope.of(grant_scope(profile, each, tenant.namespace)) for each in grants)
    verdicts = [explain(AccountPolicy(template, (scope,)), name) for scope in scopes]
    return next((verdict for verdict in verdicts if verdict.allowed), verdicts[0])


def _permissions(
    policy: AccountPolicy, identifier: Identifier
) -> Iterator[tuple[str, DNSPattern | IPNetwork]]:
    """Yield each rule that permits, with its pattern or network: the template's first."""
    field = "dnsNames" if identifier.type is IdentifierType.DNS else "ipAddresses"
    allowed, origin = policy.template.allowed, policy.template.policy.origin
    found = _permitting(identifier, allowed.dns_patterns, allowed.networks)
    yield f"{origin}: allowed.{field}", found
    for scope in policy.scopes:
        if not scope.unlimited:
            found = _permitting(identifier, scope.dns_patterns, scope.networks)
            yield f"{scope.origin}: {field}", found


def _permitting(
    identifier: Identifier, patterns: Sequence[DNSPattern], networks: Sequence[IPNetwork]
) -> DNSPattern | IPNetwork:
    """Find the one that permits: a wildcard name has no run, so one pattern alone covers it."""
    if identifier.type is IdentifierType.IP:
        return next(each for each in networks if is_covered(identifier, (), (each,)))
    return next(each for each in patterns if is_covered(identifier, (each,), ()))
