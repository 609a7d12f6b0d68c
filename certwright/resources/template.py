"""CertificateTemplate: what certificates may hold. It is the security boundary.

A field that is unset allows nothing. A preset fills what is unset; a list that is given, even an
empty one, replaces the preset's. Usages that every certificate should have although a CSR leaves
them out come from the preset or from a profile's `defaults.usages`; a template only allows.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from certwright.resources.durations import Duration
from certwright.resources.keys import KeyAlgorithm
from certwright.resources.metadata import Resource
from certwright.resources.model import Items, Model, OneOf
from certwright.resources.names import DNSNamePattern, Network, ValuePattern
from certwright.resources.references import AllowedNamespaces
from certwright.resources.status import TemplateStatus
from certwright.resources.usages import Usage


class Preset(StrEnum):
    """A purpose with ready-made rules."""

    TLS_SERVER = "TLSServer"
    TLS_CLIENT = "TLSClient"
    CODE_SIGNING = "CodeSigning"
    DEVICE = "Device"
    USER = "User"
    EMAIL_PROTECTION = "EmailProtection"
    DUAL_PURPOSE_SERVER = "DualPurposeServer"


class Wildcards(StrEnum):
    """Whether certificates may hold wildcard names."""

    FORBIDDEN = "Forbidden"
    ALLOWED = "Allowed"


class Values(Model):
    """Patterns of values."""

    values: Items[ValuePattern] = Field(default=(), max_length=64)
    """Patterns; `*` is any run of characters."""


class DNSNames(Model):
    """Patterns of DNS names."""

    values: Items[DNSNamePattern] = Field(default=(), max_length=64)
    """Patterns; `*` is exactly one label, `**` one or more."""


class AllowedDNSNames(DNSNames):
    """DNS names that may be in a certificate."""

    wildcards: OneOf[Wildcards] = Wildcards.FORBIDDEN
    """Allowed: `*.NAME` may be had, if every name it stands for is allowed and none is denied."""


class IPAddresses(Model):
    """Networks of addresses."""

    cidrs: Items[Network] = Field(default=(), max_length=64)
    """Networks, as CIDR."""


class SubjectPatterns(Model):
    """Patterns of the subject's attributes beside its common name."""

    organizations: Values | None = None
    """Values of organizationName (O)."""
    organizational_units: Values | None = None
    """Values of organizationalUnitName (OU)."""
    countries: Values | None = None
    """Values of countryName (C)."""
    provinces: Values | None = None
    """Values of stateOrProvinceName (ST)."""
    localities: Values | None = None
    """Values of localityName (L)."""
    street_addresses: Values | None = None
    """Values of streetAddress."""
    postal_codes: Values | None = None
    """Values of postalCode."""
    serial_number: Values | None = None
    """Values of the subject's serialNumber."""


class Denied(Model):
    """What no certificate may hold; denied wins over allowed."""

    common_name: Values | None = None
    """Common names."""
    subject: SubjectPatterns | None = None
    """Other attributes of the subject."""
    dns_names: DNSNames | None = None
    """DNS names."""
    ip_addresses: IPAddresses | None = None
    """Addresses."""
    email_addresses: Values | None = None
    """Mailboxes."""
    uris: Values | None = None
    """URIs."""


class Allowed(Model):
    """What a certificate may hold; an unset field allows nothing unless the preset does."""

    common_name: Values | None = None
    """Common names."""
    subject: SubjectPatterns | None = None
    """Other attributes of the subject."""
    dns_names: AllowedDNSNames | None = None
    """DNS names."""
    ip_addresses: IPAddresses | None = None
    """Addresses."""
    email_addresses: Values | None = None
    """Mailboxes."""
    uris: Values | None = None
    """URIs."""
    usages: Items[OneOf[Usage]] | None = Field(default=None, max_length=16)
    """Key usages and extended key usages; given, they replace the preset's."""


class AllowedPrivateKey(Model):
    """Keys of an algorithm that a certificate may be for."""

    algorithm: OneOf[KeyAlgorithm]
    """Algorithm of the key."""
    min_size: Annotated[int, Field(ge=256, le=8192)] | None = None
    """Smallest size in bits; unset, the smallest that is sound: RSA 2048, ECDSA 256."""
    max_size: Annotated[int, Field(ge=256, le=8192)] | None = None
    """Largest size in bits; unset, the largest that is supported: RSA 8192, ECDSA 521."""


class Constraints(Model):
    """Bounds of what a certificate may be."""

    max_duration: Duration | None = None
    """Longest validity: 1m to 876000h; unset, the preset's or else the authority's."""
    private_keys: Items[AllowedPrivateKey] | None = Field(
        default=None,
        max_length=3,
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["algorithm"],
        },
    )
    """Keys that a certificate may be for, each algorithm once; unset, the preset's."""


class TemplateSpec(Model):
    """What certificates may hold."""

    preset: OneOf[Preset] | None = None
    """Purpose whose rules fill what is unset here."""
    allowed: Allowed = Allowed()
    """What a certificate may hold."""
    denied: Denied = Denied()
    """What no certificate may hold, even if allowed."""
    constraints: Constraints = Constraints()
    """Bounds of validity and keys."""
    allowed_namespaces: AllowedNamespaces = AllowedNamespaces()
    """Namespaces whose profiles may refer to this template, beside its own."""


class CertificateTemplate(Resource):
    """What the certificates of a profile may hold: names, usages, keys, validity."""

    api_version: Literal["certwright.dev/v1alpha1"] = "certwright.dev/v1alpha1"
    """Version of the schema of this object."""
    kind: Literal["CertificateTemplate"] = "CertificateTemplate"
    """Kind of this object."""
    spec: TemplateSpec
    """Wanted state."""
    status: TemplateStatus = TemplateStatus()
    """Observed state."""
