"""What exists now of what planning made earlier, beside the objects' own status."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from certwright.bundles.credential import CredentialBundle
from certwright.reconcile.world import ObjectId
from certwright.resources.kinds import AnyResource
from certwright.resources.metadata import ObjectKey


class SignerRole(StrEnum):
    """Whose key it is: an authority's, or one of the two of a profile with `selfSigned`."""

    AUTHORITY = "authority"
    PROFILE_ROOT = "profile-root"
    PROFILE_ISSUER = "profile-issuer"


@dataclass(frozen=True, slots=True, order=True)
class SignerKey:
    """Names a private key that signs, with its certificates.

    Args:
        key: The authority, or the profile whose own it is.
        role: Which of the two, and of a profile's own which one.
    """

    key: ObjectKey
    role: SignerRole = SignerRole.AUTHORITY


@dataclass(frozen=True, slots=True)
class ImportedSecret:
    """What a Secret that an authority is imported from holds; None for what isn't in it.

    Args:
        certificate: Its `tls.crt`; a key might stand there by mistake.
        key: Its `tls.key`.
    """

    certificate: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Existing:
    """What exists now.

    Args:
        keys: Private keys in PEM.
        certificates: Certificates in PEM: a key's own first, then its chain up to the root. Those
            of a key that isn't there, as a signer's bundle may still have them, tell that it got
            lost.
        withheld: Subject key identifiers, in hexadecimal, of keys that are there but were made in
            an earlier namespace of that name, and that nobody has asked to take back
            (`certwright.reconcile.adoption`).
        imported: The Secrets that authorities are imported from, by namespace and name.
        credentials: Bundles of credentials; their secrets are the truth, which a tenant's Secret
            only copies.
        tenant_secrets: The Secrets in tenants' namespaces that are known of, by namespace and name,
            with the KID of the credential that each belongs to; empty for one of somebody else.
        trust: Roots that are published for authorities and profiles, in PEM, that of today first.
        objects: The objects that were there when last planned, to clean up after those now gone.
    """

    keys: Mapping[SignerKey, str] = field(default_factory=dict, repr=False)
    certificates: Mapping[SignerKey, str] = field(default_factory=dict)
    withheld: Mapping[SignerKey, str] = field(default_factory=dict)
    imported: Mapping[ObjectKey, ImportedSecret] = field(default_factory=dict)
    credentials: Mapping[ObjectKey, CredentialBundle] = field(default_factory=dict)
    tenant_secrets: Mapping[ObjectKey, str] = field(default_factory=dict)
    trust: Mapping[ObjectId, str] = field(default_factory=dict)
    objects: Mapping[ObjectId, AnyResource] = field(default_factory=dict)
