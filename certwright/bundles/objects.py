"""The objects that the operator and the server meet in: Secrets of the server's namespace.

One Secret holds one bundle, as JSON under one key, and its label says of which kind. A dot divides
the parts of a name, so that no two sources share one: namespaces hold none.
"""

from enum import StrEnum
from typing import Final

BUNDLE_LABEL: Final = "certwright.dev/bundle"
"""Label of every Secret that holds a bundle; its value is a `BundleKind`."""

BUNDLE_KEY: Final = "bundle.json"
"""The Secret's only key."""

NONCE_KEYS_NAME: Final = "nonce-keys"
"""The Secret with the keys that nonces are sealed under; there is one for all replicas."""


class BundleKind(StrEnum):
    """What a Secret holds."""

    SIGNER = "signer"
    PROFILE = "profile"
    CREDENTIAL = "credential"
    NONCE_KEYS = "nonce-keys"


def signer_object(name: str) -> str:
    """Return the name of the Secret of a signer, by the name in its bundle."""
    return f"{BundleKind.SIGNER}.{name}"


def profile_object(namespace: str, name: str) -> str:
    """Return the name of the Secret of a profile's bundle."""
    return f"{BundleKind.PROFILE}.{namespace}.{name}"


def credential_object(namespace: str, name: str) -> str:
    """Return the name of the Secret of a credential's bundle; its KID is in it."""
    return f"{BundleKind.CREDENTIAL}.{namespace}.{name}"
