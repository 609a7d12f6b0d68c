"""What is done to children beside writing them: some are removed, some get an annotation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from certwright_operator.children.child import Child
from certwright_operator.children.places import ChildKey


@dataclass(frozen=True, slots=True)
class Remove:
    """Deletes a child, if it is still the one that was looked at.

    Args:
        key: Where it is.
        uid: Its UID, a precondition.
        version: Its version, another one.
        reason: Why, as a sentence for logs.
    """

    key: ChildKey
    uid: str
    version: str
    reason: str

    @classmethod
    def of(cls, child: Child, reason: str) -> "Remove":
        """Return the removal of a child."""
        return cls(child.key, child.uid, child.version, reason)


@dataclass(frozen=True, slots=True)
class Annotate:
    """Changes annotations of a child, if it is still as it was looked at.

    Args:
        key: Where it is.
        uid: Its UID, a precondition.
        version: Its version, another one.
        annotations: To be put on; None takes one off.
        reason: Why, as a sentence for logs.
    """

    key: ChildKey
    uid: str
    version: str
    annotations: Mapping[str, str | None]
    reason: str

    @classmethod
    def of(cls, child: Child, annotations: Mapping[str, str | None], reason: str) -> "Annotate":
        """Return the change of a child's annotations."""
        return cls(child.key, child.uid, child.version, annotations, reason)

    @property
    def patch(self) -> dict[str, Any]:
        """The merge patch (RFC 7396), with its preconditions."""
        return {
            "metadata": {
                "uid": self.uid,
                "resourceVersion": self.version,
                "annotations": dict(self.annotations),
            }
        }


Action: TypeAlias = Remove | Annotate
