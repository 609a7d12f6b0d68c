"""Where a child comes from: the object whose it is, and what of it the child has to remember."""

from dataclasses import dataclass

from certwright.reconcile.steps import Step, StoreSigner
from certwright.reconcile.world import ObjectId, World
from certwright.resources.authority import CertificateAuthority, DeletionPolicy
from certwright.resources.kinds import AnyResource
from certwright.resources.profile import CertificateProfile


@dataclass(frozen=True, slots=True)
class Origin:
    """The object that a child comes of.

    Args:
        object: Its kind, namespace and name.
        uid: Tells it from a later one of the same name.
        namespace_uid: Tells its namespace from a later one of the same name.
        deletion_policy: What becomes of its key after it.
    """

    object: ObjectId
    uid: str
    namespace_uid: str
    deletion_policy: DeletionPolicy = DeletionPolicy.RETAIN

    @classmethod
    def of(cls, resource: AnyResource, world: World) -> "Origin":
        """Return an object as the origin of its children."""
        metadata = resource.metadata
        return cls(
            object=ObjectId.of(resource),
            uid=metadata.uid,
            namespace_uid=world.resources.namespace(metadata.namespace).metadata.uid,
            deletion_policy=(
                resource.spec.deletion_policy
                if isinstance(resource, CertificateAuthority)
                else DeletionPolicy.RETAIN
            ),
        )


def origin_of(step: Step, planned: AnyResource, world: World) -> Origin:
    """Return the origin of the child that a step writes.

    A signer is its authority's, which need not be the object that needs it.

    Args:
        step: Writes a child.
        planned: The object in whose plan the step is.
        world: What was planned.
    """
    return Origin.of(_issuing(planned, world) if isinstance(step, StoreSigner) else planned, world)


def _issuing(profile: AnyResource, world: World) -> AnyResource:
    """Return whose key issues for a profile: an authority's, or the profile's own."""
    if isinstance(profile, CertificateProfile) and profile.spec.issuer.authority_ref is not None:
        return world.authority(profile.spec.issuer.authority_ref, profile)
    return profile
