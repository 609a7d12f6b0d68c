"""Keys that were made in an earlier namespace of the same name: whoever has the name now must ask.

A namespace that is deleted and made again may belong to somebody else, while the keys of its
authorities were kept. So such a key is taken back only when its object names it by its subject key
identifier, which shows that it is meant.
"""

from typing import Final

from certwright.reconcile.existing import Existing, SignerKey, SignerRole
from certwright.reconcile.verdicts import Reason, Verdict
from certwright.reconcile.world import Kind
from certwright.resources.authority import CertificateAuthority
from certwright.resources.profile import CertificateProfile

ADOPT_KEY: Final = "certwright.dev/adopt-key"
"""Annotation of an authority, or of a profile with `selfSigned`: subject key identifiers in
hexadecimal, separated by commas, of the keys to take back."""


def is_adopted(owner: CertificateAuthority | CertificateProfile, identifier: str) -> bool:
    """Tell whether an object asks for a key that was made in an earlier namespace.

    Args:
        owner: Whose key it would be.
        identifier: The key's subject key identifier in hexadecimal.
    """
    wanted = owner.metadata.annotations.get(ADOPT_KEY, "")
    named = {_canonical(each) for each in wanted.split(",")} - {""}
    return _canonical(identifier) in named


def withholding(signer: SignerKey, existing: Existing) -> Verdict | None:
    """Return the verdict on whose key is withheld, None if it isn't."""
    if signer in existing.keys or signer not in existing.withheld:
        return None
    identifiers = ",".join(
        identifier
        for other, identifier in sorted(existing.withheld.items())
        if other.key == signer.key and _kind(other) is _kind(signer)
    )
    return Verdict(
        False,
        Reason.KEY_WITHHELD,
        f"a private key is kept for it, {existing.withheld[signer]}, that was made in an earlier "
        f"namespace {signer.key.namespace}: to take it back, add {identifiers} to the "
        f"annotation {ADOPT_KEY} of {_kind(signer)} {signer.key}; for a new key, write an object "
        "of another name",
        stalled=True,
    )


def _kind(signer: SignerKey) -> Kind:
    return Kind.AUTHORITY if signer.role is SignerRole.AUTHORITY else Kind.PROFILE


def _canonical(identifier: str) -> str:
    """Take what `openssl x509` prints, too: pairs of capitals between colons."""
    return identifier.replace(":", "").strip().lower()
