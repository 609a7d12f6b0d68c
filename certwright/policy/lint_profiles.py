"""Warnings about profiles, seen with the template and the authority that they refer to."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import chain
from typing import Final

from certwright.pki.subjects import Subject
from certwright.policy.account import CompiledTemplate
from certwright.policy.defaults import resolve_defaults
from certwright.policy.lint import LintRule, LintWarning, never, too_long
from certwright.policy.patterns import (
    NAMESPACE_PLACEHOLDER,
    ONE,
    DNSPattern,
    InvalidPattern,
    covered,
)
from certwright.policy.subjects import subject_findings
from certwright.policy.template import TemplatePolicy
from certwright.policy.values import IPNetwork, network_covered
from certwright.resources.profile import (
    ChallengeType,
    ExternalAccountBinding,
    Grant,
    ProfileSpec,
    Validation,
)

_AUTHORITY: Final = "the authority's duration"


def warnings_of_profile(
    spec: ProfileSpec, template: TemplatePolicy | None, authority_duration: timedelta | None = None
) -> tuple[LintWarning, ...]:
    """Warn of what is odd in a profile that is valid by itself.

    Args:
        spec: The profile.
        template: The template it refers to; None if there is none.
        authority_duration: The duration of the authority it refers to; None if there is none.
    """
    found = [
        *too_long("spec.defaults.duration", spec.defaults.duration, authority_duration, _AUTHORITY),
        *_binding(spec),
        *_empty_grants(spec.grants or ()),
    ]
    if template is not None:
        longest = template.max_duration
        what = f"maxDuration of {template.origin}"
        found += too_long("spec.defaults.duration", spec.defaults.duration, longest, what)
        if spec.defaults.duration is None:
            found += too_long("spec.templateRef", longest, authority_duration, _AUTHORITY)
        found += chain(_defaults(spec, template), _wildcards(spec, template))
        found += _grants(spec.grants or (), CompiledTemplate.of(template))
    return tuple(found)


def _binding(spec: ProfileSpec) -> Iterator[LintWarning]:
    optional = spec.acme.external_account_binding is ExternalAccountBinding.OPTIONAL
    if optional and spec.grants:
        message = (
            "accounts without a credential are under no grant: they get all that the template "
            "allows, with validation. Grants bind only those that bring a credential"
        )
        field = "spec.acme.externalAccountBinding"
        yield LintWarning(LintRule.UNGRANTED_ACCOUNTS, message, field)
    if not optional and spec.grants == ():
        message = "nobody can register: a credential is required, and no grant allows any"
        yield LintWarning(LintRule.NOBODY, message, "spec.grants")


def _empty_grants(grants: Sequence[Grant]) -> Iterator[LintWarning]:
    """Warn of names without values; whoever writes an empty list of values means it."""
    for index, grant in enumerate(grants):
        names = grant.dns_names
        if names is not None and "values" not in names.model_fields_set:
            message = (
                "gives no DNS name, since it lists no values; leave dnsNames out for all that the "
                'template allows, or list patterns, such as "**"'
            )
            yield LintWarning(LintRule.NO_EFFECT, message, f"spec.grants[{index}].dnsNames")


def _defaults(spec: ProfileSpec, template: TemplatePolicy) -> Iterator[LintWarning]:
    defaults = resolve_defaults(spec.defaults)
    wrong = [
        *(usage for usage in defaults.key_usages if usage not in template.key_usages),
        *(u for u in defaults.extended_key_usages if u not in template.extended_key_usages),
    ]
    for usage in wrong:
        message = f"{usage!s} is not in allowed.usages of {template.origin}"
        yield LintWarning(LintRule.NOT_ALLOWED, message, "spec.defaults.usages")
    for finding in subject_findings(CompiledTemplate.of(template), defaults.filling(Subject())):
        yield LintWarning(LintRule.NOT_ALLOWED, finding.message, "spec.defaults.subject")
    supplied = defaults.extended_key_usages or template.supplied_extended_key_usages
    if template.extended_key_usages and not supplied:
        message = (
            "a CSR without an extended key usage, as most ACME clients send, will be refused: "
            f"neither a preset of {template.origin} nor these defaults supply one"
        )
        yield LintWarning(LintRule.NOT_SUPPLIED, message, "spec.defaults.usages")


def _wildcards(spec: ProfileSpec, template: TemplatePolicy) -> Iterator[LintWarning]:
    skipped = any(grant.validation is Validation.SKIP for grant in spec.grants or ())
    if template.wildcards and ChallengeType.DNS_01 not in spec.acme.challenges and not skipped:
        message = f"{template.origin} allows wildcards, which only dns-01 can prove"
        yield LintWarning(LintRule.NOT_PROVABLE, message, "spec.acme.challenges")


def _grants(grants: Sequence[Grant], template: CompiledTemplate) -> Iterator[LintWarning]:
    for index, grant in enumerate(grants):
        field = f"spec.grants[{index}]"
        names = grant.dns_names.values if grant.dns_names else ()
        for place, text in enumerate(names):
            where = f"{field}.dnsNames.values[{place}]"
            yield from _grant_text(text, template, where)
        networks = grant.ip_addresses.cidrs if grant.ip_addresses else ()
        for place, network in enumerate(networks):
            where = f"{field}.ipAddresses.cidrs[{place}]"
            yield from _grant_network(network, template, where)


def _grant_text(text: str, template: CompiledTemplate, field: str) -> Iterator[LintWarning]:
    try:
        pattern = _any_namespace(text)
    except InvalidPattern as error:
        yield never(f"{text} can never match: {error}", field)
    else:
        yield from _grant_pattern(pattern, template, field)


def _any_namespace(text: str) -> DNSPattern:
    """Read a grant's pattern for all namespaces at once: where one stands, any label may."""
    labels = (ONE if NAMESPACE_PLACEHOLDER in label else label for label in text.split("."))
    parsed = DNSPattern.parse(".".join(labels))
    return DNSPattern(parsed.labels, text)


def _grant_pattern(
    pattern: DNSPattern, template: CompiledTemplate, field: str
) -> Iterator[LintWarning]:
    allowed, origin = template.allowed.dns_patterns, template.policy.origin
    if not any(pattern.intersects(each) for each in allowed):
        yield never(f"{pattern} can never match: {origin} allows no such name", field)
    elif covered(pattern, template.denied.dns_patterns):
        yield never(f"{pattern} can never match: {origin} denies all it stands for", field)
    elif not covered(pattern, allowed):
        yield _outside(f"{pattern} is in part outside what {origin} allows", field)


def _grant_network(
    network: IPNetwork, template: CompiledTemplate, field: str
) -> Iterator[LintWarning]:
    allowed, origin = template.allowed.networks, template.policy.origin
    if not any(network.overlaps(each) for each in allowed if each.version == network.version):
        yield never(f"{network} can never match: {origin} allows no such address", field)
    elif network_covered(network, template.denied.networks):
        yield never(f"{network} can never match: {origin} denies all of it", field)
    elif not network_covered(network, allowed):
        yield _outside(f"{network} is in part outside what {origin} allows", field)


def _outside(message: str, field: str) -> LintWarning:
    return LintWarning(LintRule.OUTSIDE_TEMPLATE, message, field)
