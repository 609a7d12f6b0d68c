"""From a request to a certificate's contents: what is asked, what is supplied, what is allowed.

In this order:

1. The names of the CSR, its common name among them, are exactly the order's.
2. The key is one the template takes.
3. Usages: the CSR's; without any the profile's defaults; without those the preset's. What the key's
   type can't do is dropped, and only then policy is asked.
4. The subject: the CSR's attributes, and the profile's defaults for those it leaves out.
5. The order's names are still allowed: policy may have changed since the order was made.

A certificate without an extended key usage would be good for every purpose (RFC 5280 §4.2.1.12), so
one that gets none from anywhere is refused. Key usages may be absent.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import TypeVar

from certwright.pki.certificates import LeafContents
from certwright.pki.names import SubjectAlternativeNames
from certwright.pki.requests import CertificateSigningRequest
from certwright.pki.subjects import Subject
from certwright.pki.usages import ExtendedKeyUsage, KeyUsage, fitting
from certwright.policy.account import AccountPolicy, CompiledTemplate
from certwright.policy.decisions import decide_identifiers
from certwright.policy.defaults import IssuanceDefaults
from certwright.policy.findings import Finding, PolicyRefused, listed
from certwright.policy.identifiers import Identifier, IdentifierType
from certwright.policy.lifetime import Validity
from certwright.policy.requested_names import find_common_name, name_findings
from certwright.policy.subjects import common_name_findings, subject_findings

Usage = TypeVar("Usage", KeyUsage, ExtendedKeyUsage)


class RequestRefused(PolicyRefused):
    """A CSR asks for what its order or the policy doesn't give; every reason is told."""


@dataclass(frozen=True, slots=True)
class _Usages:
    key: frozenset[KeyUsage]
    extended: frozenset[ExtendedKeyUsage]


def prepare_leaf(
    policy: AccountPolicy,
    defaults: IssuanceDefaults,
    request: CertificateSigningRequest,
    identifiers: Sequence[Identifier],
    validity: Validity,
    crl_url: str | None = None,
) -> LeafContents:
    """Put together what a certificate will say.

    Args:
        policy: What the account may have.
        defaults: The profile's.
        request: The CSR, checked.
        identifiers: The order's, authorized.
        validity: The period, decided.
        crl_url: Where the issuer's revocation list is; None: nowhere.

    Raises:
        RequestRefused: with every reason.
    """
    usages = _usages(policy.template, defaults, request)
    subject = _subject(defaults, request)
    RequestRefused.raise_for(
        [
            *name_findings(request, identifiers),
            *_key_findings(policy.template, request),
            *_usage_findings(policy.template, usages),
            *_common_name_findings(policy.template, request, identifiers),
            *subject_findings(policy.template, subject),
            *decide_identifiers(policy, identifiers),
        ]
    )
    return LeafContents(
        public_key=request.public_key,
        subject=subject,
        alternative_names=alternative_names(identifiers),
        not_before=validity.not_before,
        not_after=validity.not_after,
        key_usages=usages.key,
        extended_key_usages=usages.extended,
        crl_url=crl_url,
    )


def _common_name_findings(
    template: CompiledTemplate,
    request: CertificateSigningRequest,
    identifiers: Iterable[Identifier],
) -> Iterator[Finding]:
    common_name = request.subject.common_name
    identifier = find_common_name(common_name, identifiers) if common_name is not None else None
    if identifier is not None:
        yield from common_name_findings(template, identifier)


def alternative_names(identifiers: Iterable[Identifier]) -> SubjectAlternativeNames:
    """Return identifiers as the names that a certificate for them holds."""
    names = tuple(identifiers)
    return SubjectAlternativeNames(
        dns_names=tuple(each.value for each in names if each.type is IdentifierType.DNS),
        ip_addresses=tuple(ip_address(e.value) for e in names if e.type is IdentifierType.IP),
    )


def _key_findings(
    template: CompiledTemplate, request: CertificateSigningRequest
) -> Iterator[Finding]:
    rules, origin = template.policy.private_keys, template.policy.origin
    if not any(rule.permits(request.key_type) for rule in rules):
        said = f"a key of type {request.key_type} is not in constraints.privateKeys of {origin}"
        rule, allowed = f"{origin}: constraints.privateKeys", listed(rules)
        yield Finding(rule, str(request.key_type), f"{said}, which are: {allowed}")


def _usages(
    template: CompiledTemplate, defaults: IssuanceDefaults, request: CertificateSigningRequest
) -> _Usages:
    policy = template.policy
    key_usages = (request.key_usages or (), defaults.key_usages, policy.supplied_key_usages)
    return _Usages(
        _first(fitting(usages, request.key_type) for usages in key_usages),
        request.extended_key_usages
        or frozenset(defaults.extended_key_usages or policy.supplied_extended_key_usages),
    )


def _first(choices: Iterable[frozenset[Usage]]) -> frozenset[Usage]:
    """Return the first choice that holds anything."""
    return next(filter(None, choices), frozenset())


def _usage_findings(template: CompiledTemplate, usages: _Usages) -> Iterator[Finding]:
    policy = template.policy
    rule, allowed = f"{policy.origin}: allowed.usages", policy.key_usages
    for usage in sorted(usages.key.difference(allowed)):
        yield _usage_finding(rule, "key usage", usage, policy.origin, listed(allowed))
    purposes = policy.extended_key_usages
    for purpose in sorted(usages.extended.difference(purposes)):
        yield _usage_finding(rule, "extended key usage", purpose, policy.origin, listed(purposes))
    if not usages.extended:
        said = (
            "the CSR asks for no extended key usage, and neither the profile's defaults.usages nor "
            f"a preset of {policy.origin} supplies one; the certificate would be good for anything"
        )
        yield Finding(rule, "", said)


def _usage_finding(rule: str, kind: str, usage: str, origin: str, allowed: str) -> Finding:
    said = f"the {kind} '{usage!s}' is not in allowed.usages of {origin}, which are: {allowed}"
    return Finding(rule, usage, said)


def _subject(defaults: IssuanceDefaults, request: CertificateSigningRequest) -> Subject:
    subject = defaults.filling(request.subject)
    if subject.common_name is None or not subject.common_name.isascii():
        return subject
    return replace(subject, common_name=subject.common_name.lower())
