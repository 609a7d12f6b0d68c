"""An authority that was made elsewhere: do its certificate and its chain fit?"""

from collections.abc import Iterable, Iterator

from cryptography import x509

from certwright.pki import chains, extensions, keys, paths, weak_keys
from certwright.pki.errors import Refused
from certwright.pki.paths import describe


class ImportRefused(Refused):
    """A certificate and its chain can't be taken as an authority's; every reason is told."""


def imported_path(pem: str) -> tuple[x509.Certificate, ...]:
    """Read an authority's certificate and its chain, and check that they hold together.

    Nothing is put in order or looked for: the root at the end is published as what to trust, so it
    has to be the one that was meant. What time it is isn't asked.

    Args:
        pem: The authority's certificate, then its issuers in order, the self-signed root last.

    Raises:
        ImportRefused: The text is not PEM of certificates; one is not an authority's, is not signed
            by the next, or has a weak key; a path length is exceeded; a name constraint can't be
            enforced; or the last is not a self-signed root.
    """
    try:
        path = chains.certificates_from_pem(pem)
    except chains.InvalidCertificate as unreadable:
        raise ImportRefused(str(unreadable)) from None
    ImportRefused.raise_for((*paths.path_findings(path), *_weaknesses(path)))
    return path


def revocation_findings(certificate: x509.Certificate) -> Iterator[str]:
    """Tell what keeps an authority from signing revocation lists (RFC 5280 section 6.3.3 (f))."""
    usage = extensions.find(certificate.extensions, x509.KeyUsage)
    if usage is not None and not usage.crl_sign:
        yield (
            f"{describe(certificate)} may not sign revocation lists: it lacks cRLSign in its key "
            "usage"
        )


def _weaknesses(path: Iterable[x509.Certificate]) -> Iterator[str]:
    for certificate in path:
        try:
            public_key = keys.as_public_key(certificate.public_key())
        except keys.UnsupportedKey as unsupported:
            yield f"{describe(certificate)}: {unsupported}"
            continue
        for weakness in weak_keys.weaknesses(public_key):
            yield f"the key of {describe(certificate)} is weak: {weakness}"
