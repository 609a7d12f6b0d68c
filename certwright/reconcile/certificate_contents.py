"""What an authority's certificate is to say, and whether the one at hand still says it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from certwright.pki import extensions
from certwright.pki.authorities import AuthorityContents
from certwright.pki.constraints import InvalidNameConstraints, NameConstraints
from certwright.pki.keys import KeyAlgorithm, KeyType
from certwright.pki.names import absolute_uri
from certwright.pki.paths import PathLimits
from certwright.pki.subjects import InvalidSubject, Subject
from certwright.pki.subtrees import NameSubtrees
from certwright.resources.authority import AuthoritySpec, ConstrainedNames, PrivateKey
from certwright.resources.authority import NameConstraints as WantedConstraints

BACKDATE: Final = timedelta(minutes=5)
"""How far `notBefore` is set back, for verifiers whose clocks are slow."""


def key_type(wanted: PrivateKey) -> KeyType:
    """Return the type of key that a spec wants."""
    return KeyType(KeyAlgorithm(wanted.algorithm.value), wanted.effective_size)


def contents(
    spec: AuthoritySpec, limits: PathLimits | None, crl_url: str | None, now: datetime
) -> AuthorityContents:
    """Return what a certificate that is made now says.

    `duration` counts from `notBefore`, which is set back. Both ends keep within the issuer's chain:
    no certificate is valid longer than the one that vouches for it.

    Args:
        spec: What is wanted.
        limits: Those of the issuer's chain; None for a root.
        crl_url: Where the issuer's list is; None: nowhere.
        now: Aware.

    Raises:
        PKIError: The spec can't be said in a certificate.
    """
    if spec.crl is not None:
        absolute_uri(spec.crl.url)  # What it signs will hold it; nothing else would tell before.
    not_before = now - BACKDATE
    if limits is not None:
        not_before = max(not_before, limits.not_before)
    return AuthorityContents(
        subject=_subject(spec),
        not_before=not_before,
        not_after=_end(spec, limits, not_before),
        max_path_length=spec.max_path_length,
        name_constraints=name_constraints(spec.name_constraints),
        crl_url=crl_url,
    )


def differences(
    certificate: x509.Certificate,
    spec: AuthoritySpec,
    limits: PathLimits | None,
    crl_url: str | None,
) -> Iterator[str]:
    """Tell in which fields of a spec a certificate isn't what is wanted now.

    One that its issuer's end had cut short differs when the issuer's is renewed.
    """
    if _subject_of(certificate) != _subject(spec):
        yield "subject"
    if _path_length_of(certificate) != spec.max_path_length:
        yield "maxPathLength"
    if _constraints_of(certificate) != name_constraints(spec.name_constraints):
        yield "nameConstraints"
    if _revocation_list_of(certificate) != crl_url:
        yield "crl"
    if certificate.not_valid_after_utc != _end(spec, limits, certificate.not_valid_before_utc):
        yield "duration"


def is_shortened(certificate: x509.Certificate, spec: AuthoritySpec) -> bool:
    """Tell whether a certificate ends with its issuer's chain, before `duration` is over."""
    return certificate.not_valid_after_utc < certificate.not_valid_before_utc + _seconds(spec)


def _end(spec: AuthoritySpec, limits: PathLimits | None, not_before: datetime) -> datetime:
    end = not_before.replace(microsecond=0) + _seconds(spec)
    return end if limits is None else min(end, limits.not_after)


def _seconds(spec: AuthoritySpec) -> timedelta:
    """Return the duration in whole seconds, as certificates count."""
    return timedelta(seconds=spec.duration // timedelta(seconds=1))


def _subject(spec: AuthoritySpec) -> Subject:
    given = spec.subject
    return Subject(
        common_name=spec.common_name,
        organizations=given.organizations,
        countries=given.countries,
        organizational_units=given.organizational_units,
        localities=given.localities,
        provinces=given.provinces,
        street_addresses=given.street_addresses,
        postal_codes=given.postal_codes,
        serial_number=given.serial_number,
    )


def name_constraints(wanted: WantedConstraints | None) -> NameConstraints | None:
    """Return what a spec constrains names to; None if it doesn't.

    Raises:
        InvalidNameConstraints: They can't be said in a certificate.
    """
    if wanted is None:
        return None
    return NameConstraints(_subtrees(wanted.permitted), _subtrees(wanted.excluded))


def _subtrees(names: ConstrainedNames | None) -> NameSubtrees:
    if names is None:
        return NameSubtrees()
    return NameSubtrees(
        names.dns_domains, names.ip_ranges, names.email_addresses, names.uri_domains
    )


def _subject_of(certificate: x509.Certificate) -> Subject | None:
    try:
        return Subject.from_x509(certificate.subject)
    except InvalidSubject:
        return None


def _path_length_of(certificate: x509.Certificate) -> int | None:
    found = extensions.find(certificate.extensions, x509.BasicConstraints)
    return None if found is None else found.path_length


def _constraints_of(certificate: x509.Certificate) -> NameConstraints | None:
    found = extensions.find(certificate.extensions, x509.NameConstraints)
    try:
        return None if found is None else NameConstraints.from_x509(found)
    except InvalidNameConstraints:
        return None


def _revocation_list_of(certificate: x509.Certificate) -> str | None:
    points = extensions.find(certificate.extensions, x509.CRLDistributionPoints)
    names = [name for point in points or () for name in point.full_name or ()]
    return str(names[0].value) if names else None
