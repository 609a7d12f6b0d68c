"""What the status of each kind holds: what people look for and no spec says already."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from certwright.resources.metadata import Name, SecretName
from certwright.resources.model import Items, ObservedModel, OneOf
from certwright.resources.times import Time

_KeyIdentifier = Annotated[str, StringConstraints(max_length=64)]
_Pem = Annotated[str, StringConstraints(max_length=65536)]


class ConditionStatus(StrEnum):
    """Whether a condition holds."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class Condition(ObservedModel):
    """One aspect of an object's state (`metav1.Condition`, KEP-1623)."""

    type: Annotated[
        str,
        StringConstraints(min_length=1, max_length=316, pattern=r"^[A-Za-z0-9][-A-Za-z0-9_./]*$"),
    ]
    """What the condition is about: Ready, Reconciling, Stalled; readers tolerate others."""
    status: OneOf[ConditionStatus]
    """Whether it holds."""
    observed_generation: int = Field(default=0, ge=0)
    """Generation of the object that was looked at."""
    last_transition_time: Time
    """When `status` last changed."""
    reason: Annotated[
        str,
        StringConstraints(
            min_length=1, max_length=1024, pattern=r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
        ),
    ]
    """Why, as one CamelCase word for programs."""
    message: str = Field(max_length=32768)
    """Why, as a sentence for people."""


class Status(ObservedModel):
    """What the status of every kind holds."""

    observed_generation: int = Field(default=0, ge=0)
    """Generation of the object that this status is about."""
    conditions: Items[Condition] = Field(
        default=(),
        max_length=16,
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
        },
    )
    """State of the object: Ready sums it up."""

    def condition(self, kind: str) -> Condition | None:
        """Return the condition of type `kind`, or None, which reads as Unknown."""
        return next((found for found in self.conditions if found.type == kind), None)


class AuthorityStatus(Status):
    """Status of a CertificateAuthority."""

    csr: _Pem | None = None
    """PEM of the CSR to be signed elsewhere, for an intermediate that names no authority."""
    certificate: _Pem | None = None
    """PEM of the authority's certificate."""
    chain: _Pem | None = None
    """PEM of the certificates from the authority's up to its root."""
    subject_key_identifier: _KeyIdentifier | None = None
    """Subject key identifier of the authority's key, in hexadecimal."""
    not_before: Time | None = None
    """Start of the certificate's validity."""
    not_after: Time | None = None
    """End of the certificate's validity."""
    renewal_time: Time | None = None
    """When the certificate is to be renewed."""


class TemplateStatus(Status):
    """Status of a CertificateTemplate."""


class ProfileStatus(Status):
    """Status of a CertificateProfile."""

    directory_url: Annotated[str, StringConstraints(max_length=2048)] | None = None
    """URL of the ACME directory, for the client's configuration."""
    root_key_identifier: _KeyIdentifier | None = None
    """Subject key identifier, in hexadecimal, of the key of the root that `selfSigned` made."""
    issuer_key_identifier: _KeyIdentifier | None = None
    """Subject key identifier of the key of the issuing authority below that root."""


class EffectivePolicy(ObservedModel):
    """What an account bound by a credential may ask for, beside what the template says."""

    dns_names: Items[Annotated[str, StringConstraints(max_length=253)]] = Field(
        default=(), max_length=256
    )
    """Patterns of DNS names."""
    ip_addresses: Items[Annotated[str, StringConstraints(max_length=43)]] = Field(
        default=(), max_length=256
    )
    """Networks of addresses, as CIDR."""


class CredentialStatus(Status):
    """Status of an EABCredential."""

    key_id: Annotated[str, StringConstraints(max_length=127)] | None = Field(default=None)
    """KID for the client's external account binding: NAMESPACE.NAME of the credential."""
    profile: Annotated[str, StringConstraints(max_length=127)] | None = Field(default=None)
    """The profile as NAMESPACE/NAME, the namespace written out."""
    secret_name: SecretName | None = None
    """Secret of this namespace with the keys `kid` and `secret`."""
    secret_revision: int | None = Field(default=None, ge=1)
    """Revision of the rotation that the current secret was drawn for."""
    grant: Name | None = None
    """Grant of the profile that the credential is under."""
    effective: EffectivePolicy | None = None
    """What the credential's accounts may ask for."""
    expiration_time: Time | None = None
    """When the credential stops binding new accounts."""
