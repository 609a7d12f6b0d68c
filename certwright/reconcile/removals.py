"""What is left of objects that are gone: a key is kept unless its deletion was wanted."""

from collections.abc import Iterator

from certwright.reconcile import secret_names
from certwright.reconcile.adoption import withholding
from certwright.reconcile.existing import Existing, SignerKey
from certwright.reconcile.steps import (
    RemoveCredential,
    RemoveKey,
    RemoveStatus,
    RemoveTrust,
    Step,
    StoreStatus,
)
from certwright.reconcile.world import Kind, ObjectId, World
from certwright.resources.authority import CertificateAuthority, DeletionPolicy
from certwright.resources.kinds import AnyResource
from certwright.resources.metadata import ObjectKey
from certwright.resources.status import AuthorityStatus, CredentialStatus


def plan_removals(world: World, existing: Existing) -> Iterator[Step]:
    """Tell what to remove; what is known of an object goes last, so that nothing is forgotten."""
    yield from _untold(world, existing)
    yield from secret_names.abandoned(world, existing)
    for key in existing.credentials:
        if key not in world.resources.credentials:
            yield RemoveCredential(key)
    for found, resource in existing.objects.items():
        if not _is_there(world, found):
            yield from _removal(found, resource, existing)


def _untold(world: World, existing: Existing) -> Iterator[Step]:
    """Forget the secrets of credentials that are gone.

    Should one come back before the end of its removal, nothing may tell of a lost secret.
    """
    for found in existing.objects:
        if found.kind is Kind.CREDENTIAL and not _is_there(world, found):
            yield StoreStatus(found, CredentialStatus())


def _is_there(world: World, found: ObjectId) -> bool:
    present: dict[Kind, frozenset[ObjectKey]] = {
        Kind.AUTHORITY: frozenset(world.resources.authorities),
        Kind.TEMPLATE: frozenset(world.resources.templates),
        Kind.PROFILE: frozenset(world.resources.profiles),
        Kind.CREDENTIAL: frozenset(world.resources.credentials),
    }
    return found.key in present[found.kind]


def _removal(found: ObjectId, resource: AnyResource, existing: Existing) -> Iterator[Step]:
    signer = SignerKey(found.key)
    # A key that was withheld from the object was never its own to delete.
    if _wants_its_key_deleted(resource) and withholding(signer, existing) is None:
        # Should the object come back before the end of this, nothing may tell of a lost key.
        yield StoreStatus(found, AuthorityStatus())
        yield RemoveKey(signer)
    if found.kind in (Kind.AUTHORITY, Kind.PROFILE):
        yield RemoveTrust(found)
    yield RemoveStatus(found)


def _wants_its_key_deleted(resource: AnyResource) -> bool:
    return (
        isinstance(resource, CertificateAuthority)
        and resource.spec.deletion_policy is DeletionPolicy.DELETE
    )
