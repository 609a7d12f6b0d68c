"""What planning is told of private keys: which there are, which are withheld, which got lost."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from certwright.bundles.document import BundleRefused
from certwright.bundles.objects import BUNDLE_KEY
from certwright.bundles.signer import SignerBundle
from certwright.pki import keys
from certwright.pki.keys import InvalidKey
from certwright.reconcile.adoption import is_adopted
from certwright.reconcile.existing import SignerKey, SignerRole
from certwright.reconcile.world import Kind, ObjectId, World
from certwright.resources.authority import CertificateAuthority, DeletionPolicy
from certwright.resources.profile import CertificateProfile
from certwright_operator.children import labels
from certwright_operator.children.child import Child
from certwright_operator.children.roles import Role


@dataclass(frozen=True, slots=True)
class ExistingKeys:
    """Private keys and their certificates, as `certwright.reconcile.existing.Existing` has them."""

    keys: dict[SignerKey, str] = field(default_factory=dict, repr=False)
    certificates: dict[SignerKey, str] = field(default_factory=dict)
    withheld: dict[SignerKey, str] = field(default_factory=dict)


def existing_keys(children: Iterable[Child], world: World) -> ExistingKeys:
    """Return the keys of a world's authorities and profiles.

    A key is its object's if it was made for it; also if it was made for a former object of that
    name and retained, or a person put it there. It isn't if the former object wanted it deleted,
    though it is still there; it is withheld if it was made in a former namespace, unless the object
    adopts it. Of a key that is gone, the certificate that a signer still has tells.
    """
    found = ExistingKeys()
    signers: list[Child] = []
    for child in children:
        if child.role is Role.SIGNER:
            signers.append(child)
        elif (signer := child.signer_key) is not None and child.owner is not None:
            owner = _present(child.owner, world)
            if owner is not None and not is_to_be_deleted(child, owner.metadata.uid):
                _take_in(found, signer, child, owner, world)
    for child in sorted(signers, key=lambda each: each.key):
        _take_in_traces(found, child, world)
    return found


def is_to_be_deleted(child: Child, uid: str | None) -> bool:
    """Tell whether a key's object is gone and wanted the key deleted.

    Args:
        child: A Secret with a key; one that tells of no object was put there by a person and stays.
        uid: Of the object of that name today; None if there is none.
    """
    policy = child.annotations.get(labels.DELETION_POLICY)
    return child.source_uid not in (None, uid) and policy == DeletionPolicy.DELETE


def _present(owner: ObjectId, world: World) -> CertificateAuthority | CertificateProfile | None:
    if owner.kind is Kind.AUTHORITY:
        return world.resources.authorities.get(owner.key)
    return world.resources.profiles.get(owner.key)


def _take_in(
    found: ExistingKeys,
    signer: SignerKey,
    child: Child,
    owner: CertificateAuthority | CertificateProfile,
    world: World,
) -> None:
    key = _text(child, labels.KEY_DATA)
    certificates = _text(child, labels.CERTIFICATES_DATA)
    is_its_own = child.source_uid == owner.metadata.uid  # no object outlives its namespace
    if key and not is_its_own and _is_of_former_namespace(child, signer, world):
        identifier = _identifier(key)
        if identifier is not None and not is_adopted(owner, identifier):
            found.withheld[signer] = identifier
            return
    if certificates:
        found.certificates[signer] = certificates
    if key or not certificates:
        # An empty key is one that can't be read: nobody may make another in its place.
        found.keys[signer] = key


def _is_of_former_namespace(child: Child, signer: SignerKey, world: World) -> bool:
    made_in = child.annotations.get(labels.NAMESPACE_UID)
    return made_in not in (None, world.resources.namespace(signer.key.namespace).metadata.uid)


def _identifier(pem: str) -> str | None:
    """Return a key's subject key identifier in hexadecimal; None for what can't be used anyway."""
    try:
        public_key = keys.private_key_from_pem(pem.encode()).public_key()
    except InvalidKey:
        return None
    return keys.subject_key_identifier(public_key).hex()


def _take_in_traces(found: ExistingKeys, child: Child, world: World) -> None:
    """Tell of keys that are gone by the certificates that one of their signers still has."""
    owner = None if child.owner is None else _present(child.owner, world)
    if owner is None or child.source_uid != owner.metadata.uid:
        return
    try:
        bundle = SignerBundle.from_json(child.data.get(BUNDLE_KEY, b""))
    except BundleRefused:
        return
    path = bundle.certificate + bundle.chain
    if isinstance(owner, CertificateAuthority):
        _trace(found, SignerKey(owner.key), path)
        return
    _trace(found, SignerKey(owner.key, SignerRole.PROFILE_ISSUER), path)
    if bundle.chain:
        _trace(found, SignerKey(owner.key, SignerRole.PROFILE_ROOT), bundle.chain)


def _trace(found: ExistingKeys, signer: SignerKey, path: str) -> None:
    if not found.keys.get(signer) and signer not in found.withheld:
        found.keys.pop(signer, None)
        found.certificates.setdefault(signer, path)


def _text(child: Child, name: str) -> str:
    return child.data.get(name, b"").decode("utf-8", "replace")
