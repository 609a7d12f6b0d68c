"""A child as it was read, and whose it is: kept compactly, since there are tens of thousands."""

import base64
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Self

from certwright.reconcile.existing import SignerKey
from certwright.reconcile.world import ObjectId
from certwright_operator.children import labels, names, roles
from certwright_operator.children.places import ChildKey, ChildKind, Namespaces
from certwright_operator.children.roles import Role

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class NotAChild(ValueError):
    """An object that is neither a Secret nor a ConfigMap, or lacks what an API server stores."""


@dataclass(frozen=True, slots=True)
class Child:
    """A Secret or a ConfigMap as it was read.

    Args:
        key: Where it is.
        uid: Tells it from a later one of the same name.
        version: `resourceVersion`.
        role: What it holds, if it is ours, by its namespace and name. A tenant who labels a Secret
            as a bundle of the server's has made none. None for what is somebody else's, or of no
            known name: it is left alone.
        labels: All of them.
        annotations: All of them.
        data: Decoded.
        immutable: Whether the API server lets nobody change the data.
    """

    key: ChildKey
    uid: str
    version: str
    role: Role | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    data: Mapping[str, bytes] = field(repr=False)
    immutable: bool = False

    @classmethod
    def read(
        cls, body: Mapping[str, Any], namespaces: Namespaces, kind: ChildKind | None = None
    ) -> Self:
        """Read a child from an object of the API; all else of it, `managedFields` too, is dropped.

        Args:
            body: The object.
            namespaces: Our own.
            kind: What it is; None where the object says so itself, which items of a list don't.

        Raises:
            NotAChild: It is of another kind, or lacks a name, a UID or a version.
        """
        try:
            metadata = body["metadata"]
            key = ChildKey(
                ChildKind(kind or body["kind"]),
                sys.intern(metadata["namespace"]),
                metadata["name"],
            )
            uid, version = metadata["uid"], metadata["resourceVersion"]
        except (KeyError, ValueError) as missing:
            raise NotAChild(
                f"neither a Secret nor a ConfigMap of an API server: {missing}"
            ) from None
        found = _texts(metadata.get("labels"))
        return cls(
            key=key,
            uid=uid,
            version=version,
            role=roles.role_of(key, found, namespaces),
            labels=found,
            annotations=_texts(metadata.get("annotations")),
            data=_data(key.kind, body),
            immutable=bool(body.get("immutable")),
        )

    @property
    def is_ours(self) -> bool:
        """Whether its label says that we manage it, malformed though it may be."""
        return self.labels.get(labels.MANAGED_BY) == labels.MANAGER

    @property
    def source_uid(self) -> str | None:
        """The UID of the object that it came of; None where nothing says so."""
        return self.annotations.get(labels.SOURCE_UID) or None

    @property
    def signer_key(self) -> SignerKey | None:
        """Which key it holds; None if none."""
        return names.signer_key(self.key.name) if self.role is Role.KEY else None

    @property
    def signer(self) -> str | None:
        """Name of the signer that it holds, as in the bundle; None if none."""
        return names.signer(self.key.name) if self.role is Role.SIGNER else None

    @property
    def owner(self) -> ObjectId | None:
        """The object that it came of, by name: another one may have the name by now."""
        return roles.owner_of(self.role, self.key, self.labels, self.annotations)


def _texts(found: Mapping[str, str] | None) -> Mapping[str, str]:
    """Copy labels or annotations; what many children share is held once."""
    if not found:
        return _NOTHING
    return {sys.intern(name): sys.intern(value) for name, value in found.items()}


def _data(kind: ChildKind, body: Mapping[str, Any]) -> Mapping[str, bytes]:
    encoded = body.get("data" if kind is ChildKind.SECRET else "binaryData") or _NOTHING
    decoded = {sys.intern(name): base64.b64decode(value) for name, value in encoded.items()}
    if kind is ChildKind.CONFIG_MAP:
        texts = body.get("data") or _NOTHING
        decoded |= {sys.intern(name): value.encode() for name, value in texts.items()}
    return decoded
