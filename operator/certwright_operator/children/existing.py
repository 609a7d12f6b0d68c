"""What planning is told of the children that are there."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from certwright.bundles.credential import CredentialBundle
from certwright.bundles.document import BundleRefused
from certwright.bundles.objects import BUNDLE_KEY
from certwright.reconcile import secret_names
from certwright.reconcile.existing import Existing, ImportedSecret
from certwright.reconcile.world import Kind, ObjectId, World
from certwright.resources.credential import EABCredential
from certwright.resources.metadata import ObjectKey
from certwright_operator.children import labels
from certwright_operator.children.child import Child
from certwright_operator.children.existing_keys import existing_keys
from certwright_operator.children.roles import Role

_Credentials: TypeAlias = Mapping[ObjectKey, EABCredential]


def existing(
    children: Iterable[Child],
    issuing: World,
    binding: World,
    imported: Mapping[ObjectKey, ImportedSecret],
    tenant_secrets: Mapping[ObjectKey, Child],
) -> Existing:
    """Return what exists for the objects of two worlds.

    Children of objects that are in neither world are left out, and so is what a former object of
    the same name left, unless the one of today takes it over: a retained key.

    Args:
        children: Those of the objects; others do no harm.
        issuing: The authorities and profiles, with all namespaces.
        binding: The credentials.
        imported: The Secrets that authorities are imported from.
        tenant_secrets: The Secrets that credentials name, whosever they are.
    """
    found = tuple(children)
    keys = existing_keys(found, issuing)
    credentials, damaged = _credentials(found, binding.resources.credentials)
    held = _held(tenant_secrets, binding.resources.credentials)
    return Existing(
        keys=keys.keys,
        certificates=keys.certificates,
        withheld=keys.withheld,
        imported=imported,
        credentials=credentials,
        tenant_secrets={**dict(_traces_of(damaged)), **held},
        trust=dict(_trust(found, issuing)),
    )


def _credentials(
    children: Iterable[Child], present: _Credentials
) -> tuple[Mapping[ObjectKey, CredentialBundle], tuple[EABCredential, ...]]:
    """Return the bundles that are there, and the credentials whose bundles can't be read."""
    bundles: dict[ObjectKey, CredentialBundle] = {}
    damaged: list[EABCredential] = []
    for child in children:
        owner = child.owner
        if child.role is not Role.CREDENTIAL or owner is None or owner.key not in present:
            continue
        credential = present[owner.key]
        try:
            bundles[owner.key] = _bundle(child, owner.key)
        except BundleRefused:
            if child.source_uid in (None, credential.metadata.uid):
                damaged.append(credential)
    return bundles, tuple(damaged)


def _bundle(child: Child, owner: ObjectKey) -> CredentialBundle:
    bundle = CredentialBundle.from_json(child.data.get(BUNDLE_KEY, b""))
    if (bundle.namespace, bundle.name) != (owner.namespace, owner.name):
        raise BundleRefused(f"{child.key} holds the bundle of {bundle.namespace}/{bundle.name}")
    return bundle


def _traces_of(damaged: Iterable[EABCredential]) -> Iterator[tuple[ObjectKey, str]]:
    """Tell of a secret that was in a bundle which can't be read.

    Without a bundle, what tells planning of a lost secret is the status or the tenant's Secret. If
    a crash came before either, this stands in for them: the secret may be in use.
    """
    for credential in damaged:
        yield secret_names.secret_key(credential), credential.key_id


def _held(
    tenant_secrets: Mapping[ObjectKey, Child], present: _Credentials
) -> Mapping[ObjectKey, str]:
    """Return the KID that each Secret belongs to; empty for one of somebody else.

    What a former credential of the same name handed out doesn't count: it must not look as if the
    secret of the one of today was lost.
    """
    held: dict[ObjectKey, str] = {}
    for key, child in tenant_secrets.items():
        owner = child.owner if child.role is Role.TENANT_SECRET else None
        if owner is None:
            held[key] = ""
        elif (credential := present.get(owner.key)) is None or _is_of(child, credential):
            held[key] = f"{owner.key.namespace}.{owner.key.name}"
    return held


def _is_of(child: Child, credential: EABCredential) -> bool:
    return child.source_uid in (None, credential.metadata.uid)


def _trust(children: Iterable[Child], world: World) -> Iterator[tuple[ObjectId, str]]:
    """Yield the roots that are published for objects of today; a former one's aren't theirs."""
    for child in children:
        owner = child.owner
        if child.role is not Role.TRUST or owner is None:
            continue
        present = (
            world.resources.authorities.get(owner.key)
            if owner.kind is Kind.AUTHORITY
            else world.resources.profiles.get(owner.key)
        )
        roots = child.data.get(labels.TRUST_DATA)
        if present is None or roots is None or child.source_uid not in (None, present.metadata.uid):
            continue
        yield owner, roots.decode("utf-8", "replace")
