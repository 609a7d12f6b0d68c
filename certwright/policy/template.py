"""A template with its preset filled in: the security boundary, as a value to hand over."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from certwright.pki.keys import KeyAlgorithm
from certwright.pki.usages import ExtendedKeyUsage, KeyUsage
from certwright.policy.model import PolicyModel, SubjectValues
from certwright.policy.presets import PRESETS, KeyRule, Preset
from certwright.resources.template import (
    Allowed,
    AllowedPrivateKey,
    Denied,
    IPAddresses,
    SubjectPatterns,
    TemplateSpec,
    Values,
    Wildcards,
)
from certwright.resources.usages import Usage


class NameRules(PolicyModel):
    """Patterns of what may, or may not, be in a certificate.

    E-mail addresses and URIs are not here: no ACME order carries any, so no certificate does.
    """

    common_names: tuple[str, ...] = ()
    subject: SubjectValues = SubjectValues()
    dns_names: tuple[str, ...] = ()
    ip_cidrs: tuple[str, ...] = ()


class TemplatePolicy(PolicyModel):
    """What certificates may hold; what is empty here allows nothing.

    Args:
        origin: The template, for messages: `template pki/web-server`.
        allowed: What may be in a certificate.
        denied: What may not, even if it is allowed.
        wildcards: Whether wildcard certificates may be had of what is allowed.
        key_usages: Key usages that may be in a certificate.
        extended_key_usages: Extended key usages that may be in a certificate.
        supplied_key_usages: Those it gets if neither its CSR nor the profile names any.
        supplied_extended_key_usages: Likewise.
        private_keys: Keys it may be for.
        max_duration: Its longest validity; None leaves that to the authority's certificate.
    """

    origin: str = "the template"
    allowed: NameRules = NameRules()
    denied: NameRules = NameRules()
    wildcards: bool = False
    key_usages: tuple[KeyUsage, ...] = ()
    extended_key_usages: tuple[ExtendedKeyUsage, ...] = ()
    supplied_key_usages: tuple[KeyUsage, ...] = ()
    supplied_extended_key_usages: tuple[ExtendedKeyUsage, ...] = ()
    private_keys: tuple[KeyRule, ...] = ()
    max_duration: timedelta | None = None


def resolve(spec: TemplateSpec, origin: str = "the template") -> TemplatePolicy:
    """Fill a template's unset fields from its preset; without one, they allow nothing."""
    preset = PRESETS[spec.preset] if spec.preset else Preset()
    if spec.allowed.usages is not None:
        preset = replace(preset, usages=spec.allowed.usages)
    allowed, denied, constraints = spec.allowed, spec.denied, spec.constraints
    key_usages, extended_key_usages = split_usages(preset.usages)
    supplied_key_usages, supplied_extended = split_usages(preset.supplied)
    private_keys = constraints.private_keys
    return TemplatePolicy(
        origin=origin,
        allowed=_allowed_names(allowed, preset),
        denied=_denied_names(denied),
        wildcards=bool(allowed.dns_names and allowed.dns_names.wildcards is Wildcards.ALLOWED),
        key_usages=key_usages,
        extended_key_usages=extended_key_usages,
        # An explicit list of usages narrows what the preset would supply.
        supplied_key_usages=tuple(u for u in supplied_key_usages if u in key_usages),
        supplied_extended_key_usages=tuple(
            u for u in supplied_extended if u in extended_key_usages
        ),
        private_keys=(
            preset.private_keys if private_keys is None else tuple(map(_key_rule, private_keys))
        ),
        max_duration=constraints.max_duration or preset.max_duration,
    )


def split_usages(
    usages: Iterable[Usage],
) -> tuple[tuple[KeyUsage, ...], tuple[ExtendedKeyUsage, ...]]:
    """Sort the usages of a document by the extension that they stand in."""
    words = [usage.value for usage in usages]
    simple = {usage.value for usage in KeyUsage}
    return (
        tuple(KeyUsage(word) for word in words if word in simple),
        tuple(ExtendedKeyUsage(word) for word in words if word not in simple),
    )


def _allowed_names(allowed: Allowed, preset: Preset) -> NameRules:
    return NameRules(
        common_names=_values(allowed.common_name, preset.common_names),
        subject=_subject(allowed.subject),
        dns_names=preset.dns_names if allowed.dns_names is None else allowed.dns_names.values,
        ip_cidrs=_cidrs(allowed.ip_addresses, preset.ip_cidrs),
    )


def _denied_names(denied: Denied) -> NameRules:
    return NameRules(
        common_names=_values(denied.common_name),
        subject=_subject(denied.subject),
        dns_names=denied.dns_names.values if denied.dns_names else (),
        ip_cidrs=_cidrs(denied.ip_addresses),
    )


def _values(found: Values | None, otherwise: tuple[str, ...] = ()) -> tuple[str, ...]:
    return otherwise if found is None else found.values


def _cidrs(found: IPAddresses | None, otherwise: tuple[str, ...] = ()) -> tuple[str, ...]:
    return otherwise if found is None else tuple(map(str, found.cidrs))


def _subject(patterns: SubjectPatterns | None) -> SubjectValues:
    if patterns is None:
        return SubjectValues()
    found = {name: getattr(patterns, name) for name in SubjectValues.model_fields}
    return SubjectValues.model_validate({name: _values(value) for name, value in found.items()})


def _key_rule(rule: AllowedPrivateKey) -> KeyRule:
    return KeyRule(
        algorithm=KeyAlgorithm(rule.algorithm.value), min_size=rule.min_size, max_size=rule.max_size
    )
