"""Grants: which of a profile's grants a credential is under, and what that leaves it.

The first grant, in the document's order, that is for the credential's namespace and covers all the
credential asks for. A tenant's credential that asks for more than every grant for it binds nobody.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from certwright.policy.findings import Finding, PolicyRefused, listed
from certwright.policy.patterns import (
    DNSPattern,
    InvalidPattern,
    covered,
    substitute_namespace,
)
from certwright.policy.scopes import CompiledScope, Scope
from certwright.policy.values import network_covered
from certwright.resources.credential import CredentialSpec
from certwright.resources.profile import Grant, Validation
from certwright.resources.references import Namespaces
from certwright.resources.template import Wildcards

OWN_NAMESPACE: Final = Grant(name="own-namespace", namespaces=Namespaces())
"""What a profile without `grants` grants: its own namespace, whatever the template allows."""


class NotGranted(PolicyRefused):
    """No grant of the profile is for the credential's namespace."""


class ExceedsGrant(PolicyRefused):
    """The credential asks for more than every grant for its namespace gives."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A namespace that asks, with the labels that selectors look at."""

    namespace: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ProfileGrants:
    """A profile's grants.

    Args:
        namespace: The profile's.
        name: The profile's.
        grants: As in its spec: None for its own namespace, empty for nobody.
    """

    namespace: str
    name: str
    grants: tuple[Grant, ...] | None

    def selecting(self, tenant: Tenant) -> tuple[Grant, ...]:
        """Return the grants that are for a namespace, in the document's order."""
        grants = (OWN_NAMESPACE,) if self.grants is None else self.grants
        return tuple(
            grant
            for grant in grants
            if grant.namespaces.permits(self.namespace, tenant.namespace, tenant.labels)
        )


@dataclass(frozen=True, slots=True)
class ResolvedGrant:
    """What a credential is given.

    Args:
        grant: The grant's name.
        scopes: What the grant, then the credential leave of the template.
        validation_required: Whether control of names is to be proved.
        max_accounts: Most accounts of the namespace under this grant; None for any number.
    """

    grant: str
    scopes: tuple[Scope, ...]
    validation_required: bool
    max_accounts: int | None


def choose_grant(
    profile: ProfileGrants, tenant: Tenant, name: str, credential: CredentialSpec
) -> ResolvedGrant:
    """Choose the grant that a credential is under.

    Args:
        profile: Whose grants.
        tenant: The credential's namespace.
        name: The credential's.
        credential: What it asks for.

    Raises:
        NotGranted: no grant is for the namespace.
        ExceedsGrant: every grant for it leaves something out that the credential asks for, or what
            it asks for can be no name at all.
    """
    grants = profile.selecting(tenant)
    if not grants:
        raise NotGranted([not_granted(profile, tenant)])
    asked = credential_scope(tenant.namespace, name, credential)
    ExceedsGrant.raise_for(_unreadable(asked))
    exceeding: list[Finding] = []
    for grant in grants:
        scope = grant_scope(profile, grant, tenant.namespace)
        findings = tuple(_exceeding(scope, asked))
        if not findings:
            return resolved(grant, (scope, asked))
        exceeding += findings
    raise ExceedsGrant(exceeding)


def resolved(grant: Grant, scopes: tuple[Scope, ...]) -> ResolvedGrant:
    """Return a grant as a credential is given it."""
    required = grant.validation is Validation.REQUIRED
    return ResolvedGrant(grant.name, scopes, required, grant.max_accounts)


def grant_scope(profile: ProfileGrants, grant: Grant, namespace: str) -> Scope:
    """Return what a grant leaves of the template for a namespace.

    A pattern that can't be a name's, because the namespace makes a label too long, is left out: it
    matches nothing.
    """
    origin = f"grant {grant.name} of profile {profile.namespace}/{profile.name}"
    names, addresses = grant.dns_names, grant.ip_addresses
    return Scope(
        dns_names=None if names is None else tuple(_substituted(names.values, namespace)),
        wildcards=names is None or names.wildcards is Wildcards.ALLOWED,
        ip_cidrs=None if addresses is None else tuple(map(str, addresses.cidrs)),
        origin=origin,
    )


def credential_scope(namespace: str, name: str, credential: CredentialSpec) -> Scope:
    """Return what a credential leaves of its grant."""
    names, addresses = credential.dns_names, credential.ip_addresses
    return Scope(
        dns_names=None if names is None else names.values,
        ip_cidrs=None if addresses is None else tuple(map(str, addresses.cidrs)),
        origin=f"EABCredential {namespace}/{name}",
    )


def enrollment_scope(profile_uid: str, grant: str, namespace: str) -> str:
    """Return what accounts are counted by, as text to be hashed: no part can hold a slash."""
    return f"{profile_uid}/{grant}/{namespace}"


def _substituted(patterns: Iterable[str], namespace: str) -> Iterator[str]:
    for pattern in patterns:
        text = substitute_namespace(pattern, namespace)
        try:
            DNSPattern.parse(text)
        except InvalidPattern:
            continue
        yield text


def _unreadable(asked: Scope) -> Iterator[Finding]:
    """Yield what a credential lists that is no pattern, as a label that is no valid A-label."""
    for text in asked.dns_names or ():
        try:
            DNSPattern.parse(text)
        except InvalidPattern as error:
            yield Finding(f"{asked.origin}: dnsNames", text, f"{asked.origin}: {error}")


def _exceeding(scope: Scope, asked: Scope) -> Iterator[Finding]:
    """Yield what a credential lists that its grant does not give."""
    if scope.unlimited:
        return
    given = CompiledScope.of(scope)
    wanted = CompiledScope.of(asked)
    for pattern in wanted.dns_patterns:
        if not covered(pattern, given.dns_patterns):
            yield _exceeds(asked, scope, "dnsNames", str(pattern), given.dns_patterns)
    for network in wanted.networks:
        if not network_covered(network, given.networks):
            yield _exceeds(asked, scope, "ipAddresses", str(network), given.networks)


def _exceeds(
    asked: Scope, scope: Scope, field: str, value: str, given: Sequence[object]
) -> Finding:
    said = f"{asked.origin} asks for {value}, which {scope.origin} does not give"
    rule = f"{scope.origin}: {field}"
    return Finding(rule, value, f"{said}; its {field} are: {listed(given)}")


def not_granted(profile: ProfileGrants, tenant: Tenant) -> Finding:
    """Say that no grant is for a namespace."""
    who = f"profile {profile.namespace}/{profile.name}"
    said = f"no grant of {who} is for namespace {tenant.namespace}"
    return Finding(f"{who}: grants", tenant.namespace, said)
