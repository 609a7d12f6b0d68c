"""What planning looks at: all objects of the four kinds, and the labels of the namespaces."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from certwright.reconcile.verdicts import NotReady, Observation, Reason
from certwright.resources.authority import CertificateAuthority
from certwright.resources.collection import Resources
from certwright.resources.kinds import AnyResource
from certwright.resources.metadata import ObjectKey
from certwright.resources.profile import CertificateProfile
from certwright.resources.references import AllowedNamespaces, LocalReference
from certwright.resources.template import CertificateTemplate


class Kind(StrEnum):
    """The four kinds."""

    AUTHORITY = "CertificateAuthority"
    TEMPLATE = "CertificateTemplate"
    PROFILE = "CertificateProfile"
    CREDENTIAL = "EABCredential"


@dataclass(frozen=True, slots=True, order=True)
class ObjectId:
    """An object among all kinds."""

    kind: Kind
    key: ObjectKey

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @classmethod
    def of(cls, resource: AnyResource) -> "ObjectId":
        """Return the id of a resource."""
        return cls(Kind(resource.kind), resource.key)


@dataclass(frozen=True, slots=True)
class World:
    """Every object that is in force, each with its metadata and its status as last written.

    Args:
        resources: The objects and the namespaces.
        refused_edits: Why a later edit of an object was refused; the object here is the old one.
        unusable: What is wrong with objects that are there and can't be used: those aren't among
            the resources.
    """

    resources: Resources
    refused_edits: Mapping[ObjectId, str] = field(default_factory=dict)
    unusable: Mapping[ObjectId, str] = field(default_factory=dict)

    @property
    def objects(self) -> Iterator[AnyResource]:
        """All objects."""
        yield from self.resources.authorities.values()
        yield from self.resources.templates.values()
        yield from self.resources.profiles.values()
        yield from self.resources.credentials.values()

    def labels_of(self, namespace: str) -> Mapping[str, str]:
        """Return a namespace's labels."""
        return self.resources.namespace(namespace).labels

    def observation(self, resource: AnyResource, now: datetime) -> Observation:
        """Return what a verdict on one of the objects is to be told with."""
        return Observation(
            resource.metadata.generation,
            resource.status,
            self.refused_edits.get(ObjectId.of(resource)),
            now,
        )

    def authority(self, reference: LocalReference, user: AnyResource) -> CertificateAuthority:
        """Return the authority that `user` refers to.

        Raises:
            NotReady: There is none, or it doesn't allow the user's namespace to refer to it.
        """
        found = self.resources.authorities.get(reference.key(user.metadata.namespace))
        if found is None:
            raise self._absent(Kind.AUTHORITY, reference, user)
        self._check_consent(found, found.spec.allowed_namespaces, user)
        return found

    def template(self, reference: LocalReference, user: AnyResource) -> CertificateTemplate:
        """Return the template that `user` refers to.

        Raises:
            NotReady: As for `authority`.
        """
        found = self.resources.templates.get(reference.key(user.metadata.namespace))
        if found is None:
            raise self._absent(Kind.TEMPLATE, reference, user)
        self._check_consent(found, found.spec.allowed_namespaces, user)
        return found

    def profile(self, reference: LocalReference, user: AnyResource) -> CertificateProfile:
        """Return the profile that `user` refers to; its grants are its consent.

        Raises:
            NotReady: There is none.
        """
        found = self.resources.profiles.get(reference.key(user.metadata.namespace))
        if found is None:
            raise self._absent(Kind.PROFILE, reference, user)
        return found

    def _absent(self, kind: Kind, reference: LocalReference, user: AnyResource) -> NotReady:
        which = ObjectId(kind, reference.key(user.metadata.namespace))
        if (fault := self.unusable.get(which)) is not None:
            return NotReady(Reason.INVALID_SPEC, f"{which} can't be used: {fault}")
        return NotReady(Reason.REFERENCE_NOT_FOUND, f"there is no {which}")

    def _check_consent(
        self, target: AnyResource, allowed: AllowedNamespaces, user: AnyResource
    ) -> None:
        namespace = user.metadata.namespace
        if not allowed.permits(target.metadata.namespace, namespace, self.labels_of(namespace)):
            raise NotReady(
                Reason.REFERENCE_NOT_PERMITTED,
                f"{ObjectId.of(target)} does not allow namespace {namespace} to refer to it; "
                f"its spec.allowedNamespaces says from: {allowed.from_}",
            )
