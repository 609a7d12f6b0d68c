"""The names of children, both ways: from what they hold, and back.

Every name is a word, the namespace and the name of an object, with dots between: namespaces hold
none, so no two objects share a child, whatever dots their names hold.
"""

import re
from typing import Final

from certwright.bundles.objects import BundleKind, credential_object, profile_object, signer_object
from certwright.bundles.signer import DIGITS_IN_NAME
from certwright.reconcile.existing import SignerKey, SignerRole
from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.metadata import NAME_PATTERN, NAMESPACE_PATTERN, ObjectKey

LONGEST_NAME: Final = 63
"""Characters in the name of one of the four kinds, and in that of a namespace."""

TRUST_WORDS: Final = {Kind.AUTHORITY: "authority", Kind.PROFILE: "profile"}
"""The kinds whose roots are published, with the words that name them."""

_KINDS_BY_WORD: Final = {word: kind for kind, word in TRUST_WORDS.items()}
_TRUST: Final = "trust"
_NAMESPACE: Final = re.compile(NAMESPACE_PATTERN)
_NAME: Final = re.compile(NAME_PATTERN)
_DIGEST: Final = re.compile(rf"[0-9a-f]{{{DIGITS_IN_NAME}}}")


def key_name(signer: SignerKey) -> str:
    """Return the name of the Secret with a private key: `authority.pki.root`."""
    return f"{signer.role}.{signer.key.namespace}.{signer.key.name}"


def signer_key(name: str) -> SignerKey | None:
    """Return whose key a Secret of that name holds; None if it is no key's name."""
    word, _, rest = name.partition(".")
    key = object_key(rest)
    if key is None or word not in tuple(SignerRole):
        return None
    return SignerKey(key, SignerRole(word))


def profile_name(profile: ObjectKey) -> str:
    """Return the name of the Secret with a profile's bundle."""
    return profile_object(profile.namespace, profile.name)


def profile_key(name: str) -> ObjectKey | None:
    """Return whose bundle a Secret of that name holds; None if it is no profile's."""
    return _after(BundleKind.PROFILE, name)


def credential_name(credential: ObjectKey) -> str:
    """Return the name of the Secret with a credential's bundle."""
    return credential_object(credential.namespace, credential.name)


def credential_key(name: str) -> ObjectKey | None:
    """Return whose bundle a Secret of that name holds; None if it is no credential's."""
    return _after(BundleKind.CREDENTIAL, name)


def signer_name(signer: str) -> str:
    """Return the name of the Secret with a signer's bundle, by the name in the bundle."""
    return signer_object(signer)


def signer(name: str) -> str | None:
    """Return the name of the signer in a Secret of that name; None if it is no signer's."""
    word, _, rest = name.partition(".")
    return rest if word == BundleKind.SIGNER and signer_source(rest) is not None else None


def signer_source(signer: str) -> ObjectKey | None:
    """Return the key of the authority, or of the profile with its own, that a signer is named for.

    Args:
        signer: As in its bundle, `NAMESPACE.NAME.DIGEST`.
    """
    source, _, digest = signer.rpartition(".")
    return object_key(source) if _DIGEST.fullmatch(digest) else None


def trust_name(owner: ObjectId) -> str:
    """Return the name of the ConfigMap with the roots of an authority or a profile.

    Raises:
        ValueError: Another kind; it has no roots.
    """
    if owner.kind not in TRUST_WORDS:
        raise ValueError(f"{owner} has no roots to be published")
    return f"{_TRUST}.{TRUST_WORDS[owner.kind]}.{owner.key.namespace}.{owner.key.name}"


def trust_owner(name: str) -> ObjectId | None:
    """Return whose roots a ConfigMap of that name holds; None if it is no roots' name."""
    first, _, rest = name.partition(".")
    word, _, joined = rest.partition(".")
    kind, key = _KINDS_BY_WORD.get(word), object_key(joined)
    return None if first != _TRUST or kind is None or key is None else ObjectId(kind, key)


def object_key(joined: str) -> ObjectKey | None:
    """Return the key that `NAMESPACE.NAME` writes; None if it can't be one of the four kinds'."""
    namespace, _, name = joined.partition(".")
    return ObjectKey(namespace, name) if _is_namespace(namespace) and is_name(name) else None


def is_name(text: str) -> bool:
    """Tell whether an object of the four kinds may have this name."""
    return len(text) <= LONGEST_NAME and _NAME.fullmatch(text) is not None


def _is_namespace(text: str) -> bool:
    return len(text) <= LONGEST_NAME and _NAMESPACE.fullmatch(text) is not None


def _after(word: BundleKind, name: str) -> ObjectKey | None:
    first, _, rest = name.partition(".")
    return object_key(rest) if first == word else None
