"""Namespaces, for their labels: grants and consents select by them."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from certwright.resources.metadata import NamespaceName
from certwright.resources.model import ObservedModel

NAME_LABEL = "kubernetes.io/metadata.name"
"""Label that the API server gives every Namespace: its name."""


class NamespaceMeta(ObservedModel):
    """What matters of a Namespace's metadata."""

    name: NamespaceName
    """Name of the namespace."""
    uid: str = Field(default="", max_length=128)
    """Identity of the namespace over its life."""
    labels: Mapping[str, str] = Field(default_factory=dict)
    """Labels as written; see `Namespace.labels`."""


class Namespace(ObservedModel):
    """A core/v1 Namespace, as far as anything here reads it."""

    api_version: Literal["v1"] = "v1"
    """Version of the schema of this object."""
    kind: Literal["Namespace"] = "Namespace"
    """Kind of this object."""
    metadata: NamespaceMeta
    """Standard object metadata."""

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels, with the name's label as the API server sets it."""
        return {**self.metadata.labels, NAME_LABEL: self.metadata.name}


def implied_namespace(name: str) -> Namespace:
    """Return the namespace of an object when no document describes it: it has its name's label."""
    return Namespace(metadata=NamespaceMeta(name=name))
