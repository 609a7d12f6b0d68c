"""What a child holds, and whose it is by its name: label, name and namespace have to agree."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from certwright.bundles.objects import BUNDLE_LABEL, BundleKind
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
    """Return what a child holds; None unless its label, name and namespace agree on it.

    A tenant who labels a Secret as a bundle of the server's has made none.
    """
    if found.get(labels.MANAGED_BY) != labels.MANAGER:
        return None
    if key.kind is ChildKind.CONFIG_MAP:
        return Role.TRUST if _is_trust(key, found, namespaces) else None
    if labels.KEY in found:
        return Role.KEY if _is_key(key, found[labels.KEY], namespaces) else None
    if BUNDLE_LABEL in found:
        return _bundle_role(key, found[BUNDLE_LABEL], namespaces)
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


def _is_trust(key: ChildKey, found: Mapping[str, str], namespaces: Namespaces) -> bool:
    owner = names.trust_owner(key.name)
    if owner is None or key.namespace != namespaces.server:
        return False
    return found.get(labels.TRUST) == names.TRUST_WORDS[owner.kind]


def _is_key(key: ChildKey, label: str, namespaces: Namespaces) -> bool:
    signer = names.signer_key(key.name)
    return signer is not None and signer.role == label and key.namespace == namespaces.operator


def _bundle_role(key: ChildKey, label: str, namespaces: Namespaces) -> Role | None:
    if key.namespace != namespaces.server:
        return None
    match label:
        case BundleKind.SIGNER if names.signer(key.name) is not None:
            return Role.SIGNER
        case BundleKind.PROFILE if names.profile_key(key.name) is not None:
            return Role.PROFILE
        case BundleKind.CREDENTIAL if names.credential_key(key.name) is not None:
            return Role.CREDENTIAL
    return None


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
