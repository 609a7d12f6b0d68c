"""Published trust: the root of today first, then earlier ones, for what was issued under them."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from certwright.pki import chains, extensions
from certwright.pki.chains import InvalidCertificate
from certwright.reconcile.steps import RemoveTrust, Step, StoreTrust
from certwright.reconcile.world import ObjectId

MOST_ROOTS: Final = 64
"""In one file; the root of today and those that were replaced last."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What who trusts an authority or a profile is to be given.

    Args:
        owner: The authority or profile.
        published: What is published now, in PEM; None if nothing is.
        roots: What is to be, the root of today first; it may be empty.
    """

    owner: ObjectId
    published: str | None = None
    roots: tuple[x509.Certificate, ...] = ()

    @property
    def steps(self) -> Iterator[Step]:
        """What to write: the roots, or that there are none any more."""
        if self.roots:
            yield StoreTrust(self.owner, chains.to_pem_chain(self.roots))
        elif self.published is not None:
            yield RemoveTrust(self.owner)

    @property
    def moments(self) -> Iterator[datetime]:
        """When planning has to look again: after the end of each root."""
        yield from (root.not_valid_after_utc for root in self.roots)


def trust(
    owner: ObjectId,
    current: x509.Certificate | None,
    published: str | None,
    withdrawn: Set[str],
    now: datetime,
) -> Trust:
    """Return what is to be published for an object.

    A root that another one replaces stays until it expires, since certificates that were issued
    under it are still out. One whose own renewal is there goes: with the same name and key, the
    renewal vouches for everything that it did.

    Args:
        owner: The authority or profile.
        current: The root that it chains up to now; None as long as there is none.
        published: What is published now, in PEM. What can't be read counts as nothing.
        withdrawn: Subject key identifiers, in hexadecimal, of roots that a person took out of
            trust.
        now: Aware.
    """
    today = () if current is None else (current,)
    earlier = (
        root
        for root in _read(published)
        if now <= root.not_valid_after_utc
        and key_identifier(root) not in withdrawn
        and (current is None or _bearer(root) != _bearer(current))
    )
    return Trust(owner, published, tuple(dict.fromkeys((*today, *earlier)))[:MOST_ROOTS])


def key_identifier(root: x509.Certificate) -> str | None:
    """Return the subject key identifier that a root states, in hexadecimal; None without one."""
    found = extensions.find(root.extensions, x509.SubjectKeyIdentifier)
    return None if found is None else found.digest.hex()


def _bearer(root: x509.Certificate) -> tuple[x509.Name, object]:
    return root.subject, root.public_key()


def _read(published: str | None) -> tuple[x509.Certificate, ...]:
    try:
        return () if published is None else chains.certificates_from_pem(published, MOST_ROOTS)
    except InvalidCertificate:
        return ()
