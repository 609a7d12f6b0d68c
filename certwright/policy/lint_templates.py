"""Warnings about templates."""

from collections.abc import Iterator
from itertools import chain

from certwright.policy.account import CompiledTemplate
from certwright.policy.common_names import CommonNamePattern
from certwright.policy.lint import LintRule, LintWarning, never
from certwright.policy.patterns import covered
from certwright.policy.template import TemplatePolicy, resolve
from certwright.policy.values import network_covered
from certwright.resources.template import TemplateSpec


def warnings_of_template(spec: TemplateSpec) -> tuple[LintWarning, ...]:
    """Warn of what is odd in a template that is valid by itself."""
    policy = resolve(spec)
    template = CompiledTemplate.of(policy)
    return tuple(
        chain(
            _nothing_issued(policy),
            _without_effect(spec),
            _denied_wholly(spec, template),
            _common_names(spec, template),
        )
    )


def _nothing_issued(policy: TemplatePolicy) -> Iterator[LintWarning]:
    if not policy.allowed.dns_names and not policy.allowed.ip_cidrs:
        message = (
            "no ACME order can satisfy this template: it allows no DNS name and no IP address, "
            "and ACME orders carry nothing else"
        )
        yield LintWarning(LintRule.NO_ORDER, message, "spec")
    if not policy.private_keys:
        message = "no key is allowed, so nothing can be issued: set privateKeys or a preset"
        yield LintWarning(LintRule.NOTHING_ISSUED, message, "spec.constraints.privateKeys")
    if not policy.extended_key_usages:
        message = (
            "no extended key usage is allowed, and without one nothing is issued: a certificate "
            "would be good for anything"
        )
        yield LintWarning(LintRule.NOTHING_ISSUED, message, "spec.allowed.usages")


def _without_effect(spec: TemplateSpec) -> Iterator[LintWarning]:
    fields = (
        ("emailAddresses", spec.allowed.email_addresses),
        ("uris", spec.allowed.uris),
    )
    for field, values in fields:
        if values is not None and values.values:
            message = f"{field} can't be had: no ACME order carries any"
            yield LintWarning(LintRule.NO_EFFECT, message, f"spec.allowed.{field}")


def _denied_wholly(spec: TemplateSpec, template: CompiledTemplate) -> Iterator[LintWarning]:
    if spec.allowed.dns_names is not None:
        for index, pattern in enumerate(template.allowed.dns_patterns):
            if covered(pattern, template.denied.dns_patterns):
                message = f"{pattern} can never match: denied.dnsNames denies all it stands for"
                yield never(message, f"spec.allowed.dnsNames.values[{index}]")
    if spec.allowed.ip_addresses is not None:
        for index, network in enumerate(template.allowed.networks):
            if network_covered(network, template.denied.networks):
                message = f"{network} can never match: denied.ipAddresses denies all of it"
                yield never(message, f"spec.allowed.ipAddresses.cidrs[{index}]")


def _common_names(spec: TemplateSpec, template: CompiledTemplate) -> Iterator[LintWarning]:
    if spec.allowed.common_name is None:
        return
    for index, pattern in enumerate(template.allowed.common_names):
        if not _may_be_name(pattern, template):
            message = (
                f"{pattern} can never match: a common name is one of the order's names, and "
                "allowed.dnsNames has none like it"
            )
            yield never(message, f"spec.allowed.commonName.values[{index}]")


def _may_be_name(pattern: CommonNamePattern, template: CompiledTemplate) -> bool:
    """Tell whether a common name may match; a pattern of values, which may be an address, may."""
    if pattern.dns is None or template.allowed.networks:
        return True
    return any(pattern.dns.intersects(name) for name in template.allowed.dns_patterns)
