"""References to other objects, and the consent of the object that is referred to."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from certwright.resources.metadata import Name, NamespaceName, ObjectKey
from certwright.resources.model import Items, Model, OneOf

LABEL_KEY_PATTERN = (
    "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
)
LONGEST_LABEL_KEY = 317

LabelKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_LABEL_KEY, pattern=LABEL_KEY_PATTERN),
]
"""A label's key: an optional DNS prefix and `/`, then at most 63 characters."""

LabelValue = Annotated[
    str,
    StringConstraints(max_length=63, pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"),
]
"""A label's value: at most 63 characters, possibly none."""


class LocalReference(Model):
    """Names an object of a known kind, by default in the referring object's namespace."""

    name: Name
    """Name of the object."""
    namespace: NamespaceName | None = None
    """Namespace of the object; unset means the namespace of the object that refers to it."""

    def key(self, own_namespace: str) -> ObjectKey:
        """Return what is meant by an object of `own_namespace` that holds this reference."""
        return ObjectKey(self.namespace or own_namespace, self.name)


class Operator(StrEnum):
    """How a requirement compares a label with its values."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class LabelRequirement(Model):
    """One requirement on a label."""

    key: LabelKey
    """Key of the label."""
    operator: OneOf[Operator]
    """In and NotIn compare with `values`; Exists and DoesNotExist ask for the key alone."""
    values: Items[LabelValue] = Field(default=(), max_length=32)
    """Values for In and NotIn; none for Exists and DoesNotExist."""

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether `labels` satisfy the requirement, as Kubernetes decides it."""
        match self.operator:
            case Operator.IN:
                return labels.get(self.key) in self.values
            case Operator.NOT_IN:
                # A label that is absent is in no set (k8s.io/apimachinery, labels.Requirement).
                return labels.get(self.key) not in self.values
            case Operator.EXISTS:
                return self.key in labels
            case Operator.DOES_NOT_EXIST:
                return self.key not in labels


class LabelSelector(Model):
    """Selects by labels: every label and every requirement must match; an empty one selects all."""

    match_labels: Mapping[LabelKey, LabelValue] = Field(default_factory=dict, max_length=32)
    """Labels that must be there with just these values."""
    match_expressions: Items[LabelRequirement] = Field(default=(), max_length=16)
    """Requirements that must all hold."""

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether `labels` are selected."""
        return all(labels.get(key) == value for key, value in self.match_labels.items()) and all(
            requirement.matches(labels) for requirement in self.match_expressions
        )


class NamespacesFrom(StrEnum):
    """Which namespaces are meant."""

    SAME = "Same"
    ALL = "All"
    SELECTOR = "Selector"


class Namespaces(Model):
    """A choice of namespaces, seen from the namespace of the object that makes it."""

    from_: OneOf[NamespacesFrom] = Field(
        default=NamespacesFrom.SAME, validation_alias="from", serialization_alias="from"
    )
    """Same: only the object's own namespace. All: every namespace. Selector: those selected."""
    selector: LabelSelector | None = None
    """Selects namespaces by their labels; given with `from: Selector` and only then."""

    def permits(
        self, own_namespace: str, other_namespace: str, other_labels: Mapping[str, str]
    ) -> bool:
        """Tell whether `other_namespace`, labelled so, is chosen by an object of `own_namespace`.

        `Selector` means what it selects and nothing else: the own namespace needs the labels, too.
        """
        match self.from_:
            case NamespacesFrom.SAME:
                return other_namespace == own_namespace
            case NamespacesFrom.ALL:
                return True
            case NamespacesFrom.SELECTOR:
                return self.selector is not None and self.selector.matches(other_labels)


class AllowedNamespaces(Namespaces):
    """Namespaces whose objects may refer to this one; its own namespace always may."""

    def permits(
        self, own_namespace: str, other_namespace: str, other_labels: Mapping[str, str]
    ) -> bool:
        """Tell whether an object of `other_namespace`, labelled so, may refer to this one.

        `own_namespace` is the namespace of the object that holds this consent.
        """
        return other_namespace == own_namespace or super().permits(
            own_namespace, other_namespace, other_labels
        )
