"""Whose a Secret is: credentials may name the same one, and others may hold it already."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from certwright.reconcile.existing import Existing
from certwright.reconcile.steps import RemoveTenantSecret
from certwright.reconcile.world import World
from certwright.resources.credential import EABCredential
from certwright.resources.metadata import ObjectKey

_LATEST = datetime.max.replace(tzinfo=UTC)


def secret_key(credential: EABCredential) -> ObjectKey:
    """Return where a credential's Secret is: in its namespace."""
    return ObjectKey(credential.metadata.namespace, credential.secret_name)


def owners(world: World, existing: Existing) -> Mapping[ObjectKey, str]:
    """Return the KID that each Secret belongs to; empty for one of somebody else.

    Who has it keeps it; of several that want it, the oldest gets it, then the first by name.
    """
    found: dict[ObjectKey, str] = {}
    for credential in sorted(world.resources.credentials.values(), key=_seniority):
        found.setdefault(secret_key(credential), credential.key_id)
    wanted = {(secret_key(each), each.key_id) for each in world.resources.credentials.values()}
    held = existing.tenant_secrets.items()
    return found | {s: owner for s, owner in held if not owner or (s, owner) in wanted}


def abandoned(world: World, existing: Existing) -> Iterator[RemoveTenantSecret]:
    """Tell which of our Secrets nobody wants any more."""
    wanted = {secret_key(each) for each in world.resources.credentials.values()}
    for secret, owner in existing.tenant_secrets.items():
        if owner and secret not in wanted:
            yield RemoveTenantSecret(secret)


def _seniority(credential: EABCredential) -> tuple[datetime, str]:
    return (credential.metadata.creation_timestamp or _LATEST, credential.metadata.name)
