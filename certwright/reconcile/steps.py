"""Steps: what should exist, one write each, in the order in which a plan lists them.

A step says what is to be, not what is to be done: whoever applies it writes nothing where it is so
already. `CreateKey` alone must never find anything in its place.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from certwright.bundles.credential import CredentialBundle
from certwright.bundles.profile import ProfileBundle
from certwright.bundles.signer import SignerBundle
from certwright.reconcile.existing import SignerKey
from certwright.reconcile.world import ObjectId
from certwright.resources.metadata import ObjectKey
from certwright.resources.status import Status


@dataclass(frozen=True, slots=True)
class CreateKey:
    """A new private key, PKCS #8 in PEM; it is there for good before anything refers to it."""

    signer: SignerKey
    pem: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoreCertificates:
    """A key's certificate and its chain up to the root, in PEM."""

    signer: SignerKey
    pem: str


@dataclass(frozen=True, slots=True)
class StoreTrust:
    """What who trusts an authority or a profile needs: roots only, in PEM, that of today first."""

    owner: ObjectId
    pem: str


@dataclass(frozen=True, slots=True)
class StoreSigner:
    """A signer that a profile issues from, for the server."""

    bundle: SignerBundle


@dataclass(frozen=True, slots=True)
class StoreProfile:
    """A profile, for the server."""

    profile: ObjectKey
    bundle: ProfileBundle


@dataclass(frozen=True, slots=True)
class StoreCredential:
    """A credential, for the server; its secrets are to be found again in it."""

    credential: ObjectKey
    bundle: CredentialBundle


@dataclass(frozen=True, slots=True)
class StoreTenantSecret:
    """The Secret that a tenant's client reads; the last of its credential's writes.

    Args:
        secret: Its namespace and name.
        kid: The KID, which also says whose the Secret is.
        value: The secret as base64url without padding (RFC 4648 section 5), no newline.
    """

    secret: ObjectKey
    kid: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """An object's status."""

    object: ObjectId
    status: Status


@dataclass(frozen=True, slots=True)
class RemoveTenantSecret:
    """A Secret whose credential is gone, or names another one now."""

    secret: ObjectKey


@dataclass(frozen=True, slots=True)
class RemoveCredential:
    """The secrets of a credential that is gone."""

    credential: ObjectKey


@dataclass(frozen=True, slots=True)
class RemoveKey:
    """A key whose authority is gone and wanted it deleted: its certificates first, then the key.

    Certificates without their key would tell that it got lost.
    """

    signer: SignerKey


@dataclass(frozen=True, slots=True)
class RemoveTrust:
    """The roots of an object that is gone, or of one that has none to be trusted any more."""

    owner: ObjectId


@dataclass(frozen=True, slots=True)
class RemoveStatus:
    """What is known of an object that is gone; the last of its removals."""

    object: ObjectId


Step: TypeAlias = (
    CreateKey
    | StoreCertificates
    | StoreTrust
    | StoreSigner
    | StoreProfile
    | StoreCredential
    | StoreTenantSecret
    | StoreStatus
    | RemoveTenantSecret
    | RemoveCredential
    | RemoveKey
    | RemoveTrust
    | RemoveStatus
)
