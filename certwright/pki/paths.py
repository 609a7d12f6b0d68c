"""Certification paths: what the authorities above leave to whoever they sign (RFC 5280 6.1).

A path is a sequence of authorities' certificates, from the one that signs up to the root.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from certwright.pki import extensions
from certwright.pki.constraints import InvalidNameConstraints, NameConstraints
from certwright.pki.errors import MALFORMED
from certwright.pki.names import SubjectAlternativeNames

_SIGNATURE_HASHES = frozenset({"sha256", "sha384", "sha512"})


@dataclass(frozen=True, slots=True)
class PathLimits:
    """The sum of a path's limits.

    Args:
        not_before: When the last of its certificates begins to be valid.
        not_after: When the first of them expires.
        max_path_length: How many authorities may follow below the one that signs; None if any
            number may, negative if the path itself is too long.
        name_constraints: All of them, from the one that signs up.
    """

    not_before: datetime
    not_after: datetime
    max_path_length: int | None
    name_constraints: tuple[NameConstraints, ...]

    @classmethod
    def of(cls, path: Sequence[x509.Certificate]) -> "PathLimits":
        """Sum up a path.

        Raises:
            InvalidNameConstraints: One of its certificates holds name constraints that can't be
                enforced here.
        """
        return cls(
            not_before=max(certificate.not_valid_before_utc for certificate in path),
            not_after=min(certificate.not_valid_after_utc for certificate in path),
            max_path_length=min((left for _, left in _path_lengths(path)), default=None),
            name_constraints=tuple(
                NameConstraints.from_x509(constraints)
                for certificate in path
                if (constraints := extensions.find(certificate.extensions, x509.NameConstraints))
            ),
        )

    def path_length_findings(self, wanted: int | None) -> Iterator[str]:
        """Tell why an authority of this path length can't follow below; None is without bound."""
        if self.max_path_length is None:
            return
        if self.max_path_length < 1:
            yield "a path length in the chain is used up: the issuer may sign no authorities"
        elif wanted is None or wanted >= self.max_path_length:
            asked = "none, which is without bound" if wanted is None else wanted
            yield (
                f"the path length is {asked}; the chain allows at most {self.max_path_length - 1}"
            )

    def validity_findings(self, not_before: datetime, not_after: datetime) -> Iterator[str]:
        """Tell where a validity period reaches beyond the path's."""
        if not_before < self.not_before:
            yield (
                f"the validity begins at {not_before.isoformat()}, before the chain's, "
                f"which begins at {self.not_before.isoformat()}"
            )
        if not_after > self.not_after:
            yield (
                f"the validity ends at {not_after.isoformat()}, after the chain's, "
                f"which ends at {self.not_after.isoformat()}"
            )

    def name_findings(
        self, names: SubjectAlternativeNames, common_name: str | None
    ) -> Iterator[str]:
        """Tell which names of a certificate the path's name constraints don't allow."""
        for constraints in self.name_constraints:
            yield from constraints.violations(names, common_name)


def describe(certificate: x509.Certificate) -> str:
    """Name a certificate in an error, by its subject."""
    return f"'{certificate.subject.rfc4514_string()}'"


def is_self_issued(certificate: x509.Certificate) -> bool:
    """Tell whether issuer and subject are the same name (RFC 5280 section 3.2)."""
    return certificate.issuer == certificate.subject


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate is signed with its own key."""
    return was_issued_by(certificate, certificate)


def was_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether one certificate names the other as issuer and is signed with its key."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*MALFORMED, InvalidSignature):
        return False
    return True


def is_authority(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate is marked as an authority's."""
    constraints = extensions.find(certificate.extensions, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def authority_findings(certificate: x509.Certificate) -> Iterator[str]:
    """Tell what keeps a certificate from being an authority's (RFC 5280 section 4.2.1)."""
    who = describe(certificate)
    if not is_authority(certificate):
        yield f"{who} is not a certificate authority: it lacks CA:TRUE in its basic constraints"
    usage = extensions.find(certificate.extensions, x509.KeyUsage)
    if usage is None or not usage.key_cert_sign:
        yield f"{who} may not sign certificates: it lacks keyCertSign in its key usage"
    if extensions.find(certificate.extensions, x509.SubjectKeyIdentifier) is None:
        yield f"{who} has no subject key identifier"


def path_findings(path: Sequence[x509.Certificate]) -> Iterator[str]:
    """Tell what is wrong with a path from one authority up to its root, whatever the time."""
    for certificate in path:
        yield from authority_findings(certificate)
    for certificate, issuer in pairwise(path):
        yield from link_findings(certificate, issuer)
    if not is_self_signed(path[-1]):
        yield f"the chain ends with {describe(path[-1])}, which is not a self-signed root"
    for certificate, left in _path_lengths(path):
        if left < 0:
            yield (
                f"{describe(certificate)} has a path length that allows {-left} fewer authorities "
                "than there are below it"
            )
    try:
        PathLimits.of(path)
    except InvalidNameConstraints as unsupported:
        yield str(unsupported)


def link_findings(certificate: x509.Certificate, issuer: x509.Certificate) -> Iterator[str]:
    """Tell what is wrong with one certificate's signature by another's key."""
    algorithm = certificate.signature_hash_algorithm
    if algorithm is not None and algorithm.name not in _SIGNATURE_HASHES:
        yield f"{describe(certificate)} is signed over {algorithm.name}, which can be forged"
    elif not was_issued_by(certificate, issuer):
        yield f"{describe(certificate)} is not signed by {describe(issuer)}"


def _path_lengths(path: Sequence[x509.Certificate]) -> Iterator[tuple[x509.Certificate, int]]:
    """Yield each bounded authority with how many more may follow below the path's first.

    Self-issued certificates don't count (RFC 5280 section 4.2.1.9).
    """
    below = 0
    for certificate in path:
        constraints = extensions.find(certificate.extensions, x509.BasicConstraints)
        if constraints is not None and constraints.path_length is not None:
            yield certificate, constraints.path_length - below
        below += not is_self_issued(certificate)
