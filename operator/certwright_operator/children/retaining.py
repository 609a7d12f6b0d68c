"""What a private key remembers of its object, which it may outlive."""

from collections.abc import Mapping

from certwright_operator.children import labels
from certwright_operator.children.actions import Annotate
from certwright_operator.children.child import Child
from certwright_operator.children.existing_keys import is_to_be_deleted
from certwright_operator.children.origins import Origin
from certwright_operator.children.roles import Role


def remembered(origin: Origin) -> Mapping[str, str]:
    """Return the annotations of an object's keys: whose they are, and what becomes of them."""
    return {
        labels.SOURCE: str(origin.object.key),
        labels.SOURCE_UID: origin.uid,
        labels.NAMESPACE_UID: origin.namespace_uid,
        labels.DELETION_POLICY: str(origin.deletion_policy),
    }


def restated(child: Child, origin: Origin) -> Annotate | None:
    """Tell a key what to remember of the object that uses it; None if it knows.

    Certificates, with which it is written, may be long in coming, or come no more: an authority may
    be Retired, told to have its key deleted, and then be deleted. A key of an earlier namespace
    learns nothing before it is in use; one that its former object wanted deleted, nothing any more.

    Args:
        child: A key of the object, by name.
        origin: The object; a profile only as long as it has authorities of its own.
    """
    if child.role is not Role.KEY or child.owner != origin.object:
        return None
    made_in = child.annotations.get(labels.NAMESPACE_UID)
    is_its_own = child.source_uid == origin.uid
    is_of_former_namespace = not is_its_own and made_in not in (None, origin.namespace_uid)
    if is_to_be_deleted(child, origin.uid) or is_of_former_namespace:
        return None
    wanted = remembered(origin)
    if wanted.items() <= child.annotations.items():
        return None
    return Annotate.of(
        child,
        {**wanted, labels.RETAINED_SINCE: None},
        f"it is the key of {origin.object}, whose deletionPolicy is {origin.deletion_policy}",
    )
