"""What a child holds, and whose it is: by its namespace and its name."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from certwright.bundles.objects import BUNDLE_LABEL
from certwright.reconcile.existing import SignerRole
from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.metadata import ObjectKey
from certwright_operator.children import labels, names
from certwright_operator.children.places import ChildKey, ChildKind, Namespaces


class Role(StrEnum):
    """What a child holds."""

    KEY = "key"
    SIGNER = "signer"
    PROFILE = "profile"
    CREDENTIAL = "credential"
    TRUST = "trust"
    TENANT_SECRET = "tenant-secret"  # noqa: S105 - a word, not a secret


def role_of(key: ChildKey, found: Mapping[str, str], namespaces: Namespaces) -> Role | None:
    """Return what a child holds; None for what is somebody else's, or of no known name.

    In our own two namespaces the name alone says it. Were a label to be believed, whoever edits it
    by hand would make a secret or a key seem lost that is there; so it is mended like all else. A
    tenant who labels a Secret as a bundle of the server's has made none.
    """
    if found.get(labels.MANAGED_BY) != labels.MANAGER:
        return None
    if key.kind is ChildKind.CONFIG_MAP:
        is_trust = key.namespace == namespaces.server and names.trust_owner(key.name) is not None
        return Role.TRUST if is_trust else None
    own = _own_role(key, namespaces)
    if own is not None or labels.KEY in found or BUNDLE_LABEL in found:
        return own
    return Role.TENANT_SECRET if names.is_name(found.get(labels.CREDENTIAL, "")) else None


def owner_of(
    role: Role | None, key: ChildKey, found: Mapping[str, str], annotations: Mapping[str, str]
) -> ObjectId | None:
    """Return the object that a child came of, by name.

    Args:
        role: What it holds.
        key: Where it is.
        found: Its labels.
        annotations: Its annotations.
    """
    match role:
        case None:
            return None
        case Role.TENANT_SECRET:
            name = found[labels.CREDENTIAL]
            return ObjectId(Kind.CREDENTIAL, ObjectKey(key.namespace, name))
        case Role.SIGNER:
            return _signer_owner(key.name, annotations.get(labels.SOURCE_KIND))
        case _:
            return _OWNERS_BY_NAME[role](key.name)


def _own_role(key: ChildKey, namespaces: Namespaces) -> Role | None:
    """Return what a Secret of one of our own namespaces holds."""
    if key.namespace == namespaces.operator:
        return None if names.signer_key(key.name) is None else Role.KEY
    if key.namespace != namespaces.server:
        return None
    return next((role for role, read in _BUNDLES.items() if read(key.name) is not None), None)


def _key_owner(name: str) -> ObjectId | None:
    signer = names.signer_key(name)
    if signer is None:
        return None
    is_authority = signer.role is SignerRole.AUTHORITY
    return ObjectId(Kind.AUTHORITY if is_authority else Kind.PROFILE, signer.key)


def _signer_owner(name: str, kind: str | None) -> ObjectId | None:
    if kind not in (Kind.AUTHORITY, Kind.PROFILE):
        return None
    return _owner(Kind(kind), names.signer_source(names.signer(name) or ""))


def _owner(kind: Kind, key: ObjectKey | None) -> ObjectId | None:
    return None if key is None else ObjectId(kind, key)


_OWNERS_BY_NAME: Final[Mapping[Role, Callable[[str], ObjectId | None]]] = {
    Role.KEY: _key_owner,
    Role.PROFILE: lambda name: _owner(Kind.PROFILE, names.profile_key(name)),
    Role.CREDENTIAL: lambda name: _owner(Kind.CREDENTIAL, names.credential_key(name)),
    Role.TRUST: names.trust_owner,
}

_BUNDLES: Final[Mapping[Role, Callable[[str], object | None]]] = {
    Role.SIGNER: names.signer,
    Role.PROFILE: names.profile_key,
    Role.CREDENTIAL: names.credential_key,
}
