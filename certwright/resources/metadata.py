"""Object metadata: what of Kubernetes' ObjectMeta matters here, and the key of an object."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from certwright.resources.model import Model, ObservedModel
from certwright.resources.times import Time

NAME_PATTERN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
NAMESPACE_PATTERN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"

Name = Annotated[str, StringConstraints(min_length=1, max_length=63, pattern=NAME_PATTERN)]
"""A DNS-1123 subdomain of at most 63 characters: bundles and KIDs join a namespace and a name."""

SecretName = Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=NAME_PATTERN)]
"""A DNS-1123 subdomain as Kubernetes bounds it."""

NamespaceName = Annotated[
    str, StringConstraints(min_length=1, max_length=63, pattern=NAMESPACE_PATTERN)
]
"""A DNS-1123 label: it holds no dot, so `NAMESPACE.NAME` is unambiguous."""

DEFAULT_NAMESPACE = "default"
_NAMESPACE_NAMES: TypeAdapter[str] = TypeAdapter(NamespaceName)


def is_namespace_name(text: str) -> bool:
    """Tell whether a text may be a namespace's name."""
    try:
        _NAMESPACE_NAMES.validate_python(text)
    except ValidationError:
        return False
    return True


@dataclass(frozen=True, slots=True, order=True)
class ObjectKey:
    """Where an object of a kind is found: its namespace and name."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class ObjectMeta(ObservedModel):
    """Kubernetes' ObjectMeta, as far as anything here reads it; other members are dropped."""

    name: Name
    """Name of the object, unique in its namespace for its kind."""
    namespace: NamespaceName = DEFAULT_NAMESPACE
    """Namespace of the object."""
    uid: str = Field(default="", max_length=128)
    """Identity of the object over its life; empty in a document that no API server has stored."""
    generation: int = 0
    """Counts the changes of `spec`; 0 in a document that no API server has stored."""
    labels: Mapping[str, str] = Field(default_factory=dict)
    """Labels of the object."""
    annotations: Mapping[str, str] = Field(default_factory=dict, repr=False)
    """Annotations of the object."""
    creation_timestamp: Time | None = None
    """When the API server stored the object."""
    deletion_timestamp: Time | None = None
    """When the object's deletion was asked for."""


class Resource(Model):
    """An object of the Kubernetes API: a kind, metadata, and what the kind adds."""

    metadata: ObjectMeta
    """Standard object metadata."""

    @property
    def key(self) -> ObjectKey:
        """The object's namespace and name."""
        return ObjectKey(self.metadata.namespace, self.metadata.name)
