"""Chains of certificates: put in order, verified against roots, and in PEM."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certwright.pki import extensions, paths
from certwright.pki.constraints import InvalidNameConstraints
from certwright.pki.errors import MALFORMED, PKIError
from certwright.pki.names import InvalidName, SubjectAlternativeNames
from certwright.pki.paths import PathLimits, describe

MOST_CERTIFICATES: Final = 10
"""In one text. Path building over them stays cheap, and no real chain is longer."""

LONGEST_PEM: Final = 131_072
"""Characters in one text: ten certificates of RSA 4096 with what `openssl x509 -text` adds."""

_BEGIN: Final = "-----BEGIN "
# RFC 7468 section 3. The text between and around blocks is explanatory, and skipped.
_BLOCK: Final = re.compile(r"-----BEGIN ([^-\r\n]*)-----([^-]*)-----END \1-----")


class InvalidCertificate(PKIError):
    """A text holds no readable certificate, or something that is none."""


class IncompleteChain(PKIError):
    """No order of the given certificates leads from the first to a self-signed root."""


def certificates_from_pem(pem: str, most: int = MOST_CERTIFICATES) -> tuple[x509.Certificate, ...]:
    """Read one certificate to ten, or to as many as are told, in the order in which they stand.

    Raises:
        InvalidCertificate: There is none or too many, one is malformed, or there is anything but
            certificates.
    """
    if len(pem) > LONGEST_PEM:
        raise InvalidCertificate(
            f"the PEM text has {len(pem)} characters; at most {LONGEST_PEM} are allowed"
        )
    blocks = list(_BLOCK.finditer(pem))
    if len(blocks) != pem.count(_BEGIN):
        raise InvalidCertificate("the PEM text holds a block that is not closed as it was opened")
    if not 0 < len(blocks) <= most:
        raise InvalidCertificate(
            f"the PEM text holds {len(blocks)} certificates; allowed: 1 to {most}"
        )
    return tuple(_read(index, block) for index, block in enumerate(blocks, start=1))


def certificate_from_pem(pem: str) -> x509.Certificate:
    """Read exactly one certificate.

    Raises:
        InvalidCertificate: There is another number of them, or it is malformed.
    """
    certificates = certificates_from_pem(pem)
    if len(certificates) > 1:
        raise InvalidCertificate(f"the PEM text holds {len(certificates)} certificates; allowed: 1")
    return certificates[0]


def to_pem_chain(certificates: Iterable[x509.Certificate]) -> str:
    """Write certificates in the order given, as `application/pem-certificate-chain` has them."""
    return "".join(
        certificate.public_bytes(Encoding.PEM).decode("ascii") for certificate in certificates
    )


def earliest_expiry(certificates: Iterable[x509.Certificate]) -> datetime:
    """Return the moment after which the first of the certificates is not valid any more."""
    return min(certificate.not_valid_after_utc for certificate in certificates)


def chain_of(
    certificate: x509.Certificate, candidates: Iterable[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """Find a certificate's issuers among candidates in any order, up to a self-signed root.

    Where several are possible (a renewed or cross-signed issuer), a self-signed one is taken, else
    the one that expires last.

    Returns:
        The chain without the certificate itself, its root last; empty for a root.

    Raises:
        IncompleteChain: An issuer is missing.
    """
    left = sorted(
        dict.fromkeys(candidates),
        key=lambda candidate: (paths.is_self_issued(candidate), candidate.not_valid_after_utc),
        reverse=True,
    )
    chain: list[x509.Certificate] = []
    current = certificate
    while not paths.is_self_signed(current):
        issuer = next((c for c in left if paths.was_issued_by(current, c)), None)
        if issuer is None:
            raise IncompleteChain(
                f"the chain must reach a self-signed root, but the issuer of {describe(current)}, "
                f"'{current.issuer.rfc4514_string()}', is missing"
            )
        left.remove(issuer)
        chain.append(issuer)
        current = issuer
    return tuple(chain)


def verify_chain(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    roots: Iterable[x509.Certificate],
    now: datetime,
) -> tuple[str, ...]:
    """Verify a certificate, of a leaf or an authority, as RFC 5280 section 6.1 has it.

    An authority's own place in the chain counts against the path lengths above it, since it is
    there to sign.

    Args:
        certificate: The one to verify.
        chain: Its issuers in order, with or without the root.
        roots: Those that are trusted.
        now: Aware.

    Returns:
        What is wrong, a sentence each; empty if nothing is.
    """
    trusted = tuple(roots)
    path = [certificate, *chain]
    if path[-1] not in trusted:
        root = next((root for root in trusted if paths.was_issued_by(path[-1], root)), None)
        if root is None:
            return (f"the chain ends with {describe(path[-1])}, which no trusted root has signed",)
        path.append(root)
    return (*date_findings(path, now), *_path_findings(path))


def date_findings(path: Iterable[x509.Certificate], now: datetime) -> Iterator[str]:
    """Tell which certificates are not valid at a moment."""
    for certificate in path:
        if now < certificate.not_valid_before_utc:
            begins = certificate.not_valid_before_utc.isoformat()
            yield f"{describe(certificate)} is not valid before {begins}"
        if now > certificate.not_valid_after_utc:
            yield f"{describe(certificate)} expired {certificate.not_valid_after_utc.isoformat()}"


def _path_findings(path: Sequence[x509.Certificate]) -> Iterator[str]:
    certificate, *issuers = path
    if paths.is_authority(certificate) or not issuers:
        yield from paths.path_findings(path)
        return
    yield from paths.link_findings(certificate, issuers[0])
    yield from paths.path_findings(issuers)
    yield from _name_findings(certificate, issuers)


def _name_findings(
    certificate: x509.Certificate, issuers: Sequence[x509.Certificate]
) -> Iterator[str]:
    names = extensions.find(certificate.extensions, x509.SubjectAlternativeName)
    common_names: list[str | None] = [
        str(attribute.value)
        for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    ]
    try:
        limits = PathLimits.of(issuers)
        if not limits.name_constraints:
            return
        alternatives = SubjectAlternativeNames.from_x509(names or ())
    except InvalidNameConstraints:
        return  # Told with the path.
    except InvalidName as unsupported:
        yield str(unsupported)
        return
    for common_name in common_names or [None]:
        yield from limits.name_findings(alternatives, common_name)


def _read(index: int, block: re.Match[str]) -> x509.Certificate:
    if block[1] != "CERTIFICATE":
        raise InvalidCertificate(
            f"block {index} of the PEM text is a {block[1]}; only CERTIFICATE is allowed"
        )
    try:
        certificate = x509.load_pem_x509_certificate(block[0].encode())
        # Each is parsed when it is first read: now, so that it can't fail later.
        for part in ("extensions", "issuer", "signature_hash_algorithm", "subject"):
            getattr(certificate, part)
        certificate.public_key()
    except MALFORMED as malformed:
        raise InvalidCertificate(
            f"certificate {index} of the PEM text is malformed: {malformed}"
        ) from None
    return certificate
