"""What each step of a plan wants of a child."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from certwright.bundles.document import Bundle
from certwright.bundles.objects import BUNDLE_KEY, BUNDLE_LABEL, BundleKind
from certwright.reconcile.steps import (
    CreateKey,
    StoreCertificates,
    StoreCredential,
    StoreProfile,
    StoreSigner,
    StoreTenantSecret,
    StoreTrust,
)
from certwright_operator.children import labels, names
from certwright_operator.children.child import Child
from certwright_operator.children.origins import Origin
from certwright_operator.children.places import ChildKey, Namespaces, tenant_secret
from certwright_operator.children.retaining import remembered
from certwright_operator.children.wanted import Wanted

ChildStep: TypeAlias = (
    CreateKey
    | StoreCertificates
    | StoreTrust
    | StoreSigner
    | StoreProfile
    | StoreCredential
    | StoreTenantSecret
)
"""The steps that write a child; all others write a status, or remove something."""


class KeyNotThere(Exception):
    """Certificates are to be put beside a private key, which isn't there or isn't ours."""


def wanted(
    step: ChildStep, namespaces: Namespaces, origin: Origin, present: Child | None = None
) -> Wanted:
    """Return the child that a step wants.

    Args:
        step: One that writes a child.
        namespaces: Our own.
        origin: The object that the child comes of.
        present: The child at that place now; only `StoreCertificates` needs it, whose Secret holds
            the private key.

    Raises:
        KeyNotThere: There is no private key for certificates to be put beside.
    """
    match step:
        case CreateKey(signer, pem):
            key = namespaces.key(signer)
            data = {labels.KEY_DATA: pem.encode()}
            return _key(key, signer.role, origin, data, create_only=True)
        case StoreCertificates(signer, pem):
            key = namespaces.key(signer)
            data = {**_kept(key, present), labels.CERTIFICATES_DATA: pem.encode()}
            return _key(key, signer.role, origin, data)
        case StoreTrust(owner, pem):
            found = {labels.TRUST: names.TRUST_WORDS[owner.kind]}
            key = namespaces.trust(owner)
            return Wanted(
                key, _labels(found), _annotations(origin), {labels.TRUST_DATA: pem.encode()}
            )
        case StoreTenantSecret():
            return _tenant_secret(step, origin)
        case _:
            return _bundle(step, namespaces, origin)


def _bundle(
    step: StoreSigner | StoreProfile | StoreCredential, namespaces: Namespaces, origin: Origin
) -> Wanted:
    match step:
        case StoreSigner(bundle):
            kind = {labels.SOURCE_KIND: str(origin.object.kind)}
            return _holding(namespaces.signer(bundle.name), BundleKind.SIGNER, bundle, origin, kind)
        case StoreProfile(profile, bundle):
            return _holding(namespaces.profile(profile), BundleKind.PROFILE, bundle, origin)
        case StoreCredential(credential, bundle):
            return _holding(
                namespaces.credential(credential), BundleKind.CREDENTIAL, bundle, origin
            )


_NONE: Final[Mapping[str, str]] = {}


def _holding(
    key: ChildKey,
    kind: BundleKind,
    bundle: Bundle,
    origin: Origin,
    more: Mapping[str, str] = _NONE,
) -> Wanted:
    return Wanted(
        key,
        _labels({BUNDLE_LABEL: str(kind)}),
        {**_annotations(origin), **more},
        {BUNDLE_KEY: bundle.to_json()},
        immutable=kind is BundleKind.SIGNER,
        precious=kind is BundleKind.CREDENTIAL,
    )


def _key(
    key: ChildKey,
    role: str,
    origin: Origin,
    data: Mapping[str, bytes],
    *,
    create_only: bool = False,
) -> Wanted:
    return Wanted(
        key,
        _labels({labels.KEY: str(role)}),
        remembered(origin),
        data,
        create_only=create_only,
        precious=True,
    )


def _kept(key: ChildKey, present: Child | None) -> Mapping[str, bytes]:
    """Return the data of the Secret with a private key, all of which stays.

    Raises:
        KeyNotThere: It holds none.
    """
    if present is None or not present.data.get(labels.KEY_DATA):
        raise KeyNotThere(f"{key} has no {labels.KEY_DATA} to put certificates beside")
    if present.key != key or not present.is_ours:
        raise KeyNotThere(f"{key} is somebody else's: it lacks the label {labels.MANAGED_BY}")
    return present.data


def _tenant_secret(step: StoreTenantSecret, origin: Origin) -> Wanted:
    return Wanted(
        tenant_secret(step.secret),
        _labels({labels.CREDENTIAL: origin.object.key.name}),
        _annotations(origin),
        {labels.KID_DATA: step.kid.encode(), labels.SECRET_DATA: step.value.encode()},
        shared=True,
        owner=origin,
    )


def _labels(found: Mapping[str, str]) -> Mapping[str, str]:
    return {**labels.OURS, **found}


def _annotations(origin: Origin) -> Mapping[str, str]:
    return {labels.SOURCE: str(origin.object.key), labels.SOURCE_UID: origin.uid}
