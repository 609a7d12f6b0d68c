"""Bundles of two authorities, as the operator would write them."""

from functools import cache

from certwright.bundles.credential import CredentialBundle
from certwright.bundles.objects import credential_object, profile_object, signer_object
from certwright.bundles.profile import ProfileBundle
from certwright.bundles.signer import SignerBundle, signer_name
from tests.unit.bundles import material
from tests.unit.pki.material import below, root

PROFILE = profile_object("pki", "web")
CREDENTIAL = credential_object("team-a", "default")
KID = "team-a.default"


def signer(name: str = "first") -> SignerBundle:
    """Return a signer; each name is another authority."""
    return _signer(name)


@cache
def _signer(name: str) -> SignerBundle:
    issuer = below(root(), owner=name)
    return SignerBundle.of(signer_name("pki", name, issuer.certificate), issuer)


def signer_secret(name: str = "first") -> str:
    """Return the name of a signer's Secret."""
    return signer_object(signer(name).name)


def profile(signer_: SignerBundle | None = None, **changes: object) -> ProfileBundle:
    """Return profile `pki/web`; `changes` are members of its bundle."""
    made = material.profile(None if signer_ is None else signer_.name)
    return made.model_copy(update=changes)


def credential(**changes: object) -> CredentialBundle:
    """Return credential `team-a/default`."""
    return material.credential(**changes)
