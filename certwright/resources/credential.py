"""EABCredential: lets the accounts of one namespace be bound to a profile (RFC 8555, 7.3.4)."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from certwright.resources.durations import Duration
from certwright.resources.metadata import Resource, SecretName
from certwright.resources.model import Model
from certwright.resources.references import LocalReference
from certwright.resources.status import CredentialStatus
from certwright.resources.template import DNSNames, IPAddresses
from certwright.resources.times import Time


class Rotation(Model):
    """When a new secret is drawn; the KID stays."""

    revision: Annotated[int, Field(ge=1, le=2**31 - 1)] = 1
    """Raise it to have a new secret."""
    overlap: Duration = timedelta(hours=24)
    """How long the former secret goes on binding accounts: 0s to 8760h."""


class CredentialSpec(Model):
    """Wanted state of an EABCredential."""

    profile_ref: LocalReference
    """CertificateProfile that accounts are bound to; it never changes."""
    secret_name: SecretName | None = None
    """Secret with the keys `kid` and `secret`; unset, this object's name. It never changes."""
    dns_names: DNSNames | None = None
    """Narrows the DNS names of the grant; unset, all of them."""
    ip_addresses: IPAddresses | None = None
    """Narrows the addresses of the grant; unset, all of them."""
    expiration_time: Time | None = None
    """When the credential stops binding new accounts; accounts already bound go on."""
    suspend: bool = False
    """Refuses new accounts, orders and certificates until it is false again."""
    rotation: Rotation = Rotation()
    """When a new secret is drawn."""
    reject_accounts_before_time: Time | None = None
    """Accounts bound before this moment get no more orders or certificates: for after a leak."""


class EABCredential(Resource):
    """A credential for external account binding: a stable KID and a secret that can be rotated."""

    api_version: Literal["certwright.dev/v1alpha1"] = "certwright.dev/v1alpha1"
    """Version of the schema of this object."""
    kind: Literal["EABCredential"] = "EABCredential"
    """Kind of this object."""
    spec: CredentialSpec
    """Wanted state."""
    status: CredentialStatus = CredentialStatus()
    """Observed state."""

    @property
    def key_id(self) -> str:
        """The KID, NAMESPACE.NAME: stable, and unambiguous because namespaces hold no dots."""
        return f"{self.metadata.namespace}.{self.metadata.name}"

    @property
    def secret_name(self) -> str:
        """Name of the Secret, in the credential's namespace, that holds `kid` and `secret`."""
        return self.spec.secret_name or self.metadata.name
