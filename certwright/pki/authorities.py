"""Certificates of authorities: roots, intermediates, and requests for those signed elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509

from certwright.pki import extensions, keys, paths, usages
from certwright.pki.constraints import InvalidNameConstraints, NameConstraints
from certwright.pki.errors import Refused
from certwright.pki.keys import PrivateKey, PublicKey
from certwright.pki.names import absolute_uri
from certwright.pki.paths import PathLimits
from certwright.pki.subjects import InvalidSubject, Subject
from certwright.pki.validity import period

# RFC 5280 section 4.2.1.3: critical, and an authority signs certificates and their CRLs.
_KEY_USAGE: Final = usages.key_usage_extension(usages.AUTHORITY_USAGES)


class InvalidIssuer(Refused):
    """A key, a certificate and a chain don't make an authority that can sign."""


class AuthorityRefused(Refused):
    """An issuer can't sign an authority with these contents; every reason is told."""


@dataclass(frozen=True, slots=True)
class AuthorityContents:
    """What an authority's certificate says.

    Args:
        subject: Never empty (RFC 5280 section 4.1.2.6).
        not_before: Aware; cut to whole seconds.
        not_after: Aware; cut to whole seconds; the last second of validity.
        max_path_length: How many authorities may follow below it; None: any number.
        name_constraints: Which names certificates below it may hold; None: all.
        crl_url: Where the list of its *issuer* is; None: nowhere.

    Raises:
        InvalidSubject: The subject is empty.
        InvalidValidity: The validity ends before it begins.
        InvalidNameConstraints: A DNS domain begins with a dot, which some verifiers refuse.
        InvalidName: The CRL's URL is not absolute.
    """

    subject: Subject
    not_before: datetime
    not_after: datetime
    max_path_length: int | None = None
    name_constraints: NameConstraints | None = None
    crl_url: str | None = None

    def __post_init__(self) -> None:
        if self.subject.is_empty:
            raise InvalidSubject("the subject of a certificate authority can't be empty")
        start, end = period(self.not_before, self.not_after)
        object.__setattr__(self, "not_before", start)
        object.__setattr__(self, "not_after", end)
        if self.max_path_length is not None and self.max_path_length < 0:
            raise ValueError("a path length can't be negative")
        if self.name_constraints is not None:
            _check_portable(self.name_constraints)
        if self.crl_url is not None:
            absolute_uri(self.crl_url)


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authority that can sign: checked when made, so that signing needs no second look.

    Args:
        certificate: The authority's own.
        key: Its private key.
        chain: From the certificate's issuer up to the root, which is last; empty for a root.

    Raises:
        InvalidIssuer: The key isn't the certificate's; one of them isn't an authority; the chain
            isn't in order, not signed, too long for a path length in it, or ends without a root;
            a name constraint can't be enforced.
    """

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...]

    def __post_init__(self) -> None:
        findings = list(paths.path_findings(self.path))
        if self.certificate.public_key() != self.key.public_key():
            findings.insert(0, f"the private key is not that of {paths.describe(self.certificate)}")
        InvalidIssuer.raise_for(findings)

    @property
    def path(self) -> tuple[x509.Certificate, ...]:
        """The certificate and its chain: from the issuer up to the root."""
        return (self.certificate, *self.chain)

    @property
    def root(self) -> x509.Certificate:
        """The end of the chain, or the certificate itself."""
        return self.path[-1]


def self_signed_root(key: PrivateKey, contents: AuthorityContents, serial: int) -> x509.Certificate:
    """Sign an authority with its own key.

    Args:
        key: The root's.
        contents: A root's CRL URL means its own list.
        serial: Positive, at most 20 octets.
    """
    public_key = key.public_key()
    builder = _certificate(public_key, contents, serial).issuer_name(contents.subject.to_x509())
    return builder.sign(key, keys.signature_hash(key))


def signing_request(key: PrivateKey, contents: AuthorityContents) -> x509.CertificateSigningRequest:
    """Ask for an authority's certificate that is signed elsewhere (PKCS #10, RFC 2986).

    The request carries the extensions of an authority, so that the signer may copy them. Validity
    and CRL are the signer's matter and not in it.
    """
    builder = x509.CertificateSigningRequestBuilder(contents.subject.to_x509())
    for extension, critical in _extensions(key.public_key(), contents):
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, keys.signature_hash(key))


def issue_authority(
    issuer: Issuer, public_key: PublicKey, contents: AuthorityContents, serial: int
) -> x509.Certificate:
    """Sign an authority with another authority's key.

    Args:
        issuer: Who signs.
        public_key: The new authority's.
        contents: What its certificate says; the CRL's URL is the issuer's.
        serial: Positive, at most 20 octets.

    Raises:
        AuthorityRefused: The issuer's path length, validity, name constraints or name forbid it.
    """
    AuthorityRefused.raise_for(_refusals(issuer, contents))
    builder = (
        _certificate(public_key, contents, serial)
        .issuer_name(issuer.certificate.subject)
        .add_extension(extensions.authority_key_identifier(issuer.certificate), critical=False)
    )
    return builder.sign(issuer.key, keys.signature_hash(issuer.key))


def _refusals(issuer: Issuer, contents: AuthorityContents) -> Iterator[str]:
    limits = PathLimits.of(issuer.path)
    if contents.subject.to_x509() == issuer.certificate.subject:
        yield (
            f"the subject is the issuer's own, {paths.describe(issuer.certificate)}; "
            "verifiers could not tell the two apart"
        )
    yield from limits.path_length_findings(contents.max_path_length)
    yield from limits.validity_findings(contents.not_before, contents.not_after)
    if contents.name_constraints is not None:
        for outer in limits.name_constraints:
            yield from contents.name_constraints.findings_within(outer)


def _certificate(
    public_key: PublicKey, contents: AuthorityContents, serial: int
) -> x509.CertificateBuilder:
    """Build what roots and intermediates share: all but the issuer."""
    builder = x509.CertificateBuilder(
        subject_name=contents.subject.to_x509(),
        public_key=public_key,
        serial_number=serial,
        not_valid_before=contents.not_before,
        not_valid_after=contents.not_after,
    )
    for extension, critical in _extensions(public_key, contents):
        builder = builder.add_extension(extension, critical)
    if contents.crl_url is not None:
        points = extensions.crl_distribution_points(contents.crl_url)
        builder = builder.add_extension(points, critical=False)
    return builder


def _extensions(
    public_key: PublicKey, contents: AuthorityContents
) -> Iterator[tuple[x509.ExtensionType, bool]]:
    """Yield what makes a certificate an authority's, each with whether it is critical."""
    yield x509.BasicConstraints(ca=True, path_length=contents.max_path_length), True
    yield _KEY_USAGE, True
    yield extensions.subject_key_identifier(public_key), False
    if contents.name_constraints is not None:
        yield contents.name_constraints.to_x509(), True


def _check_portable(constraints: NameConstraints) -> None:
    for subtrees in (constraints.permitted, constraints.excluded):
        for domain in subtrees.dns_domains:
            if domain.startswith("."):
                raise InvalidNameConstraints(
                    f"DNS domain {domain!r} begins with a dot; write {domain[1:]!r}, which is "
                    "that name and all below it (RFC 5280 section 4.2.1.10)"
                )
