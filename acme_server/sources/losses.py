"""What tells that a part of what is kept got lost, so that nothing is made a second time.

Objects are written before what comes of them and removed after it. So whatever stands without its
object, keys aside, which outlive theirs, tells that the object was lost: by somebody's hand, or in
a backup of one part only.
"""

from collections.abc import Iterator

from certwright.reconcile.existing import Existing
from certwright.reconcile.world import Kind, ObjectId


def loss(existing: Existing, *, in_force: bool) -> str | None:
    """Return what is lost and what to restore, as a sentence; None if nothing seems to be.

    Args:
        existing: What is kept.
        in_force: Whether objects of it are in force in this process.
    """
    if not existing.objects:
        return _of_all_objects(existing, in_force)
    orphans = sorted({*_of_credentials(existing), *_of_trust(existing)})
    if not orphans:
        return None
    owners = ", ".join(map(str, orphans))
    namespaces = " and ".join(
        f"`status/{name}`" for name in sorted({orphan.key.namespace for orphan in orphans})
    )
    return (
        f"has lost objects that something is left of: {owners}; restore {namespaces} and "
        "`credentials` from one backup, so that no key or secret is made a second time"
    )


def _of_all_objects(existing: Existing, in_force: bool) -> str | None:
    left = tuple(_left(existing))
    if not left and not in_force:
        return None
    beside = f", and still holds {' and '.join(left)}" if left else ""
    return (
        f"has lost all objects that were in force{beside}; restore it from a backup, `status`, "
        "`credentials` and `signers` together, or start anew with an empty one"
    )


def _left(existing: Existing) -> Iterator[str]:
    """Yield the folders that hold something of ours.

    A key that nobody has made a certificate for may be one that was brought before the first start.
    """
    if existing.certificates:
        yield "`signers`"
    if existing.credentials:
        yield "`credentials`"
    if any(existing.tenant_secrets.values()):
        yield "`secrets`"
    if existing.trust:
        yield "`trust`"


def _of_credentials(existing: Existing) -> Iterator[ObjectId]:
    """Yield the credentials whose bundle is of no object, or of an earlier one of that name."""
    for key, bundle in existing.credentials.items():
        owner = ObjectId(Kind.CREDENTIAL, key)
        found = existing.objects.get(owner)
        if found is None or found.metadata.uid != bundle.uid:
            yield owner


def _of_trust(existing: Existing) -> Iterator[ObjectId]:
    return (owner for owner in existing.trust if owner not in existing.objects)
