"""The answer to a signing request that was signed elsewhere: does it fit?"""

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509

from certwright.pki import chains, extensions, paths
from certwright.pki.authorities import AuthorityContents
from certwright.pki.constraints import InvalidNameConstraints, NameConstraints
from certwright.pki.errors import Refused
from certwright.pki.keys import PublicKey
from certwright.pki.subjects import InvalidSubject, Subject


class AnswerRefused(Refused):
    """What was given as the answer to a signing request doesn't fit it; every reason is told."""


def check_answer(
    pem: str, public_key: PublicKey, contents: AuthorityContents, now: datetime
) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """Find an authority's certificate and its chain in the answer to its signing request.

    The chain must reach a self-signed root within the answer: that root is published as what to
    trust, so it has to come from whoever vouches for it, not from a guess.

    Args:
        pem: Certificates in any order, among them the one asked for. Others are passed over.
        public_key: The one that was requested.
        contents: What was requested. Its dates and CRL are not compared: they are the signer's.
        now: Aware.

    Returns:
        The certificate and its chain up to the root, which is last.

    Raises:
        AnswerRefused: The text is not PEM of certificates; no certificate is for that key; it is
            not an authority's; subject, path length or name constraints are not those requested;
            or the chain is incomplete or doesn't verify at this moment.
    """
    try:
        certificates = chains.certificates_from_pem(pem)
        certificate = _for_key(certificates, public_key)
        chain = chains.chain_of(certificate, certificates)
    except (chains.InvalidCertificate, chains.IncompleteChain) as unusable:
        raise AnswerRefused(str(unusable)) from None
    path = (certificate, *chain)
    AnswerRefused.raise_for(
        (
            *_differences(certificate, contents),
            *paths.path_findings(path),
            *chains.date_findings(path, now),
        )
    )
    return certificate, chain


def _for_key(certificates: tuple[x509.Certificate, ...], public_key: PublicKey) -> x509.Certificate:
    """Return the certificate of this key; of several, the one that expires last."""
    found = [certificate for certificate in certificates if certificate.public_key() == public_key]
    if not found:
        subjects = ", ".join(map(paths.describe, certificates))
        raise AnswerRefused(f"none of the certificates is for the key of the request: {subjects}")
    return max(found, key=lambda certificate: certificate.not_valid_after_utc)


def _differences(certificate: x509.Certificate, contents: AuthorityContents) -> Iterator[str]:
    yield from _subject_differences(certificate, contents.subject)
    yield from _path_length_differences(certificate, contents.max_path_length)
    yield from _constraint_differences(certificate, contents.name_constraints)


def _subject_differences(certificate: x509.Certificate, wanted: Subject) -> Iterator[str]:
    """Compare values: a signer may choose another order and encoding."""
    try:
        same = Subject.from_x509(certificate.subject) == wanted
    except InvalidSubject:
        same = False
    if not same:
        requested = wanted.to_x509().rfc4514_string()
        yield f"the subject is {paths.describe(certificate)}, but '{requested}' was requested"


def _path_length_differences(certificate: x509.Certificate, wanted: int | None) -> Iterator[str]:
    """Compare path lengths; a signer may bound what was requested without a bound."""
    constraints = extensions.find(certificate.extensions, x509.BasicConstraints)
    if wanted is None or constraints is None or not constraints.ca:
        return
    if constraints.path_length is None:
        yield f"the path length is without bound, but {wanted} was requested"
    elif constraints.path_length != wanted:
        yield f"the path length is {constraints.path_length}, but {wanted} was requested"


def _constraint_differences(
    certificate: x509.Certificate, wanted: NameConstraints | None
) -> Iterator[str]:
    """Compare name constraints; a signer may add some where none were requested."""
    if wanted is None:
        return
    extension = extensions.find(certificate.extensions, x509.NameConstraints)
    if extension is None:
        yield "name constraints were requested, but the certificate has none"
        return
    try:
        same = NameConstraints.from_x509(extension) == wanted
    except InvalidNameConstraints:
        return  # Told with the chain.
    if not same:
        yield "the name constraints are not those that were requested"
