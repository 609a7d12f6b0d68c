"""CertificateProfile: an ACME directory, its issuer, its template, and who may bind accounts."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from certwright.resources.durations import Duration
from certwright.resources.metadata import Name, Resource
from certwright.resources.model import Items, Model, OneOf
from certwright.resources.names import DNSName, GrantDNSNamePattern
from certwright.resources.references import LocalReference, Namespaces
from certwright.resources.status import ProfileStatus
from certwright.resources.subject import Subject
from certwright.resources.template import IPAddresses, Wildcards
from certwright.resources.usages import Usage


class SelfSigned(Model):
    """A root of the profile's own that also issues; there is no authority to write."""


class Issuer(Model):
    """Who signs; exactly one of `authorityRef` and `selfSigned` is given."""

    authority_ref: LocalReference | None = None
    """CertificateAuthority that issues, here or in a namespace that allows it."""
    self_signed: SelfSigned | None = None
    """A root and issuing authority of this profile's own; written as `selfSigned: {}`."""


class Defaults(Model):
    """What a certificate gets when the order and the CSR leave it out."""

    duration: Duration | None = None
    """Validity where an order names no end, 1m to 876000h, shortened to what template and chain
    allow; unset, 90 days."""
    subject: Subject = Subject()
    """Attributes of the subject; the template must allow them."""
    usages: Items[OneOf[Usage]] = Field(default=(), max_length=16)
    """Key usages and extended key usages; the template must allow them."""


class ChallengeType(StrEnum):
    """How a client proves that it controls a name (RFC 8555, section 8; RFC 8737)."""

    HTTP_01 = "http-01"
    DNS_01 = "dns-01"
    TLS_ALPN_01 = "tls-alpn-01"


class ExternalAccountBinding(StrEnum):
    """Whether a new account needs a credential (RFC 8555, section 7.3.4)."""

    REQUIRED = "Required"
    OPTIONAL = "Optional"


class Acme(Model):
    """How the profile is served over ACME."""

    challenges: Items[OneOf[ChallengeType]] = Field(
        default=(ChallengeType.HTTP_01, ChallengeType.DNS_01, ChallengeType.TLS_ALPN_01),
        min_length=1,
        max_length=3,
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )
    """Challenges that are offered, each at most once."""
    external_account_binding: OneOf[ExternalAccountBinding] = ExternalAccountBinding.REQUIRED
    """Whether a new account needs a credential; without one it is always validated."""
    hostname: DNSName | None = None
    """Host of this directory's URLs; unset, the server's."""


class Validation(StrEnum):
    """Whether control of a name is to be proved."""

    REQUIRED = "Required"
    SKIP = "Skip"


class GrantDNSNames(Model):
    """DNS names that a grant leaves of what the template allows."""

    values: Items[GrantDNSNamePattern] = Field(default=(), max_length=64)
    """Patterns; `${namespace}` stands for the credential's namespace, also within a label."""
    wildcards: OneOf[Wildcards] = Wildcards.ALLOWED
    """Forbidden: no wildcard certificates here. Allowed: as the template says."""


class Grant(Model):
    """Who may bind accounts to the profile, and to what; it narrows the template."""

    name: Name
    """Name of the grant, unique in the profile."""
    namespaces: Namespaces = Namespaces()
    """Namespaces whose credentials are under this grant."""
    dns_names: GrantDNSNames | None = None
    """DNS names that may be had; unset, those of the template."""
    ip_addresses: IPAddresses | None = None
    """Addresses that may be had; unset, those of the template."""
    validation: OneOf[Validation] = Validation.REQUIRED
    """Skip: names of this grant need no challenge. The platform team's decision, not a tenant's."""
    max_accounts: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Most accounts that a namespace may bind under this grant; unset, any number."""


class ProfileSpec(Model):
    """An ACME directory and what it issues."""

    issuer: Issuer
    """Who signs the certificates."""
    template_ref: LocalReference
    """CertificateTemplate that says what certificates may hold."""
    defaults: Defaults = Defaults()
    """What a certificate gets when the order and the CSR leave it out."""
    acme: Acme = Acme()
    """How the profile is served over ACME."""
    grants: Items[Grant] | None = Field(
        default=None,
        max_length=64,
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
    )
    """Who may bind accounts. Unset: the own namespace, to the whole template. Empty: nobody."""


class CertificateProfile(Resource):
    """An ACME directory: its issuer, its template, and who may bind accounts to it."""

    api_version: Literal["certwright.dev/v1alpha1"] = "certwright.dev/v1alpha1"
    """Version of the schema of this object."""
    kind: Literal["CertificateProfile"] = "CertificateProfile"
    """Kind of this object."""
    spec: ProfileSpec
    """Wanted state."""
    status: ProfileStatus = ProfileStatus()
    """Observed state."""
