"""A child as it should be, as a manifest, and whether the one that is there is so already."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from certwright.resources.model import API_VERSION
from certwright_operator.children import labels
from certwright_operator.children.child import Child
from certwright_operator.children.origins import Origin
from certwright_operator.children.places import ChildKey, ChildKind
from certwright_operator.children.roles import Role


class Write(StrEnum):
    """What is to be done for a child to be as it is wanted."""

    NOTHING = "nothing"
    """It is so."""
    CREATE = "create"
    """There is none."""
    REPLACE = "replace"
    """It differs: it is replaced at its version, or for a tenant's Secret, applied."""
    CREATE_ANEW = "create-anew"
    """It differs, is immutable and can be made again: it is deleted, then created."""
    THERE = "there"
    """It was to be new, as a private key is, and is there: whoever planned must read and plan."""
    BARRED = "barred"
    """It differs, and somebody made it immutable: a person has to unlock it, by writing it anew."""
    FOREIGN = "foreign"
    """Somebody else's object has its name, and is never touched."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A child as it should be.

    Args:
        key: Where.
        labels: Ours; others may have been added.
        annotations: Likewise.
        data: All of it; of a shared child, ours.
        immutable: Whether the data is never to change.
        create_only: Whether it must not be there yet.
        shared: Whether it isn't in our own namespaces: what others add to it is theirs.
        precious: Whether its data is the truth, which to delete for a moment might be to lose.
        owner: The object with which the garbage collector removes it; in its own namespace only.
        type: Of a Secret; None leaves it to the API server.
    """

    key: ChildKey
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    data: Mapping[str, bytes] = field(repr=False)
    immutable: bool = False
    create_only: bool = False
    shared: bool = False
    precious: bool = False
    owner: Origin | None = None
    type: str | None = None

    def write(self, child: Child | None) -> Write:
        """Tell what is to be done, given the child that has its name now."""
        if child is None:
            return Write.CREATE
        if not child.is_ours or (self.shared and child.role is not Role.TENANT_SECRET):
            return Write.FOREIGN
        if self.create_only:
            return Write.THERE
        if self.equals(child):
            return Write.NOTHING
        if not child.immutable or self._has_data_of(child):
            return Write.REPLACE
        return Write.BARRED if self.precious or self.shared else Write.CREATE_ANEW

    def equals(self, child: Child) -> bool:
        """Tell whether a child is as wanted; labels and annotations of others don't count."""
        return (
            self._has_data_of(child)
            and (child.immutable or not self.immutable)
            and self.labels.items() <= child.labels.items()
            and self.annotations.items() <= child.annotations.items()
        )

    def manifest(self, over: Child | None = None) -> dict[str, Any]:
        """Return the object to be created, or to replace a child.

        Args:
            over: The child that it replaces at its version, with the labels and annotations that
                others gave it. To a shared child it is applied, and says nothing but what is ours.
        """
        return {
            "apiVersion": "v1",
            "kind": str(self.key.kind),
            "metadata": self._metadata(over),
            **({"immutable": True} if self.immutable or self._stays_immutable(over) else {}),
            **({} if self.type is None else {"type": self.type}),
            "data": self._encoded(),
        }

    def _metadata(self, over: Child | None) -> dict[str, Any]:
        where: dict[str, Any] = {"namespace": self.key.namespace, "name": self.key.name}
        if self.owner is not None:
            where["ownerReferences"] = [_reference(self.owner)]
        if over is None:
            return {**where, "labels": {**self.labels}, "annotations": {**self.annotations}}
        kept = over.annotations.items() if not self.shared else ()
        return {
            **where,
            "uid": over.uid,
            "resourceVersion": over.version,
            "labels": {**({} if self.shared else over.labels), **self.labels},
            "annotations": {
                **{name: value for name, value in kept if name not in labels.REMEMBERED},
                **self.annotations,
            },
        }

    def _encoded(self) -> dict[str, str]:
        if self.key.kind is ChildKind.CONFIG_MAP:
            return {name: value.decode() for name, value in self.data.items()}
        return {name: base64.b64encode(value).decode() for name, value in self.data.items()}

    def _has_data_of(self, child: Child) -> bool:
        if self.shared:
            return self.data.items() <= child.data.items()
        return self.data == child.data

    def _stays_immutable(self, over: Child | None) -> bool:
        """Tell whether somebody made a child immutable, which the API server takes for good."""
        return over is not None and over.immutable and not self.shared


def _reference(owner: Origin) -> dict[str, Any]:
    """Return an ownerReference that hinders nobody from deleting the owner."""
    return {
        "apiVersion": API_VERSION,
        "kind": str(owner.object.kind),
        "name": owner.object.key.name,
        "uid": owner.uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }
