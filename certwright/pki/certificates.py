"""Leaf certificates: what they say, and the one function that signs them."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from certwright.pki import extensions, keys, usages
from certwright.pki.authorities import Issuer
from certwright.pki.errors import Refused
from certwright.pki.keys import PublicKey, SignatureHash
from certwright.pki.names import SubjectAlternativeNames, absolute_uri
from certwright.pki.paths import PathLimits
from certwright.pki.subjects import Subject
from certwright.pki.usages import ExtendedKeyUsage, KeyUsage
from certwright.pki.validity import period

_NO_AUTHORITY: Final = x509.BasicConstraints(ca=False, path_length=None)


class LeafRefused(Refused):
    """An issuer can't sign a certificate with these contents; every reason is told."""


@dataclass(frozen=True, slots=True)
class LeafContents:
    """What a leaf certificate says.

    Args:
        public_key: The subject's.
        subject: May be empty, if there are alternative names.
        alternative_names: May be empty, if there is a subject.
        not_before: Aware; cut to whole seconds.
        not_after: Aware; cut to whole seconds; the last second of validity.
        key_usages: Empty: no such extension.
        extended_key_usages: Empty: no such extension.
        crl_url: Where the issuer's list is; None: no such extension.

    Raises:
        InvalidValidity: The validity ends before it begins.
        InvalidName: The CRL's URL is not absolute.
    """

    public_key: PublicKey
    subject: Subject
    alternative_names: SubjectAlternativeNames
    not_before: datetime
    not_after: datetime
    key_usages: frozenset[KeyUsage] = frozenset()
    extended_key_usages: frozenset[ExtendedKeyUsage] = frozenset()
    crl_url: str | None = None

    def __post_init__(self) -> None:
        start, end = period(self.not_before, self.not_after)
        object.__setattr__(self, "not_before", start)
        object.__setattr__(self, "not_after", end)
        if self.crl_url is not None:
            absolute_uri(self.crl_url)


@dataclass(frozen=True, slots=True)
class PreparedIssuer:
    """An issuer with everything computed that all its certificates share.

    Args:
        issuer: Who signs.
        limits: What its path allows: callers shorten a validity to it before they ask.
        signature_hash: What is signed over; None for Ed25519.
        authority_key_identifier: The extension that points at the issuer.
    """

    issuer: Issuer
    limits: PathLimits
    signature_hash: SignatureHash | None
    authority_key_identifier: x509.AuthorityKeyIdentifier

    @classmethod
    def of(cls, issuer: Issuer) -> "PreparedIssuer":
        """Prepare an issuer, once."""
        return cls(
            issuer=issuer,
            limits=PathLimits.of(issuer.path),
            signature_hash=keys.signature_hash(issuer.key),
            authority_key_identifier=extensions.authority_key_identifier(issuer.certificate),
        )


def random_serial() -> int:
    """Draw a serial number: positive, unpredictable, and always of 20 octets.

    RFC 5280 section 4.1.2.2 allows 20 octets with the sign. The topmost bits are 01, so that the
    number never begins with a zero octet and is always 40 hexadecimal digits; 158 are random.
    """
    return 1 << 158 | secrets.randbits(158)


def issue_leaf(issuer: PreparedIssuer, contents: LeafContents, serial: int) -> x509.Certificate:
    """Sign a leaf certificate, if every authority up to the root allows it.

    Args:
        issuer: Who signs.
        contents: What the certificate says.
        serial: Positive, at most 20 octets; never used before by this issuer.

    Raises:
        LeafRefused: A name is outside the chain's name constraints, the validity outside the
            chain's, a usage impossible, or there is neither subject nor name.
    """
    LeafRefused.raise_for(_refusals(issuer.limits, contents))
    builder = x509.CertificateBuilder(
        issuer_name=issuer.issuer.certificate.subject,
        subject_name=contents.subject.to_x509(),
        public_key=contents.public_key,
        serial_number=serial,
        not_valid_before=contents.not_before,
        not_valid_after=contents.not_after,
    )
    for extension, critical in _extensions(issuer, contents):
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer.issuer.key, issuer.signature_hash)


def _extensions(
    issuer: PreparedIssuer, contents: LeafContents
) -> Iterator[tuple[x509.ExtensionType, bool]]:
    """Yield a leaf's extensions, each with whether it is critical (RFC 5280 section 4.2.1)."""
    if contents.key_usages:
        yield usages.key_usage_extension(contents.key_usages), True
    if contents.extended_key_usages:
        yield usages.extended_key_usage_extension(contents.extended_key_usages), False
    yield _NO_AUTHORITY, True
    yield extensions.subject_key_identifier(contents.public_key), False
    yield issuer.authority_key_identifier, False
    if not contents.alternative_names.is_empty:
        # Section 4.2.1.6: critical if they are all there is to know the subject by.
        yield contents.alternative_names.to_x509(), contents.subject.is_empty
    if contents.crl_url is not None:
        yield extensions.crl_distribution_points(contents.crl_url), False


def _refusals(limits: PathLimits, contents: LeafContents) -> Iterator[str]:
    names, common_name = contents.alternative_names, contents.subject.common_name
    if contents.subject.is_empty and names.is_empty:
        yield "there is neither a subject nor an alternative name"
    key_type = keys.key_type_of(contents.public_key)
    possible = usages.fitting(contents.key_usages, key_type) - usages.AUTHORITY_USAGES
    if impossible := sorted(contents.key_usages - possible):
        yield f"key usage {', '.join(impossible)} is not possible for a leaf's {key_type} key"
    if contents.key_usages >= {KeyUsage.ENCIPHER_ONLY, KeyUsage.DECIPHER_ONLY}:
        yield "key usages encipher only and decipher only exclude each other"
    yield from limits.validity_findings(contents.not_before, contents.not_after)
    yield from limits.name_findings(names, common_name)
