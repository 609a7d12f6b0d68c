"""One Secret with a bundle: its form, and what it must say of itself."""

import base64
import binascii
from dataclasses import dataclass, field

from acme_server.kubernetes_api.answers import Object
from certwright.bundles.document import BundleRefused
from certwright.bundles.objects import BUNDLE_KEY, BUNDLE_LABEL, BundleKind


@dataclass(frozen=True, slots=True)
class BundleSecret:
    """A bundle as a Secret holds it, not read yet."""

    name: str
    kind: BundleKind
    content: bytes = field(repr=False)


def name_of(item: Object) -> str:
    """Return an object's name."""
    name: str = item["metadata"]["name"]
    return name


def version_of(item: Object) -> str:
    """Return an object's version; two are compared for equality only."""
    version: str = item["metadata"]["resourceVersion"]
    return version


def is_labelled(item: Object) -> bool:
    """Tell whether an object is said to hold a bundle."""
    return BUNDLE_LABEL in (item["metadata"].get("labels") or {})


def kind_of(name: str) -> BundleKind | None:
    """Return the kind of bundle that a Secret of that name is for; None if for none."""
    first = name.partition(".")[0]
    return next((kind for kind in BundleKind if kind == first), None)


def read(item: Object) -> BundleSecret:
    """Return the bundle of a Secret.

    Raises:
        BundleRefused: name and label name two kinds, or there is no content.
    """
    name, labels = name_of(item), item["metadata"].get("labels") or {}
    kind = kind_of(name)
    if kind is None or labels.get(BUNDLE_LABEL) != kind:
        raise BundleRefused(
            f"the Secret {name} is labelled {BUNDLE_LABEL}={labels.get(BUNDLE_LABEL)}, and no "
            "such bundle has that name"
        )
    try:
        content = base64.b64decode((item.get("data") or {})[BUNDLE_KEY], validate=True)
    except (LookupError, TypeError, binascii.Error):
        raise BundleRefused(f"the Secret {name} has no {BUNDLE_KEY}") from None
    return BundleSecret(name, kind, content)


def require_name(secret: BundleSecret, expected: str) -> None:
    """Raise `BundleRefused` unless a bundle is the one that its Secret's name says it is."""
    if secret.name != expected:
        raise BundleRefused(f"the Secret {secret.name} holds the bundle of {expected}")
