"""Which certificate a key gets: the one at hand while it fits, else a new one for the same key.

Three ways: a root signs itself, a subordinate is signed by its parent, and what is signed offline
waits for the answer to its request.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certwright.pki import authorities, offline, paths
from certwright.pki.authorities import AuthorityContents, AuthorityRefused, Issuer
from certwright.pki.chains import to_pem_chain
from certwright.pki.keys import PrivateKey
from certwright.pki.offline import AnswerRefused
from certwright.pki.paths import PathLimits
from certwright.reconcile.certificate_contents import contents, differences
from certwright.reconcile.verdicts import NotReady, Reason, Verdict
from certwright.resources.authority import AuthoritySpec, AuthorityState

Path = tuple[x509.Certificate, ...]
"""A certificate and its chain, up to the root; empty without a certificate."""


@dataclass(frozen=True, slots=True)
class Parent:
    """What a subordinate needs of the authority above it.

    Args:
        name: For messages, `CertificateAuthority pki/root`.
        state: What it does.
        path: Its certificate and chain; empty as long as it has none.
        issuer: It, as far as it can sign; None if it can't now.
        crl_url: Where its list is; None: nowhere.
        stopped: Why nothing below it may go on, however good its certificate is: it, or one above
            it, is Disabled, or refers to what isn't there for it. None if everything may.
    """

    name: str
    state: AuthorityState
    path: Path
    issuer: Issuer | None
    crl_url: str | None
    stopped: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who needs a certificate.

    Args:
        spec: What is wanted.
        key: The private key.
        path: The certificate at hand and its chain; empty without one.
        now: Aware.
        random_serial: Draws a serial number.
    """

    spec: AuthoritySpec
    key: PrivateKey = field(repr=False)
    path: Path
    now: datetime
    random_serial: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Certified:
    """The certificate that is to be in place.

    Args:
        path: It and its chain.
        reason: Why it was issued just now, as a sentence; None if it was there.
        trouble: What keeps a better one from being there; None if nothing does.
    """

    path: Path
    reason: str | None = None
    trouble: Verdict | None = None


def root(applicant: Applicant, crl_url: str | None) -> Certified:
    """Return a root's certificate, self-signed."""
    wanted = contents(applicant.spec, None, crl_url, applicant.now)
    reason = _reason(applicant, wanted, None, ())
    if reason is None:
        return Certified(applicant.path[:1])
    serial = applicant.random_serial()
    return Certified((authorities.self_signed_root(applicant.key, wanted, serial),), reason)


def subordinate(applicant: Applicant, parent: Parent) -> Certified:
    """Return the certificate that a parent signs, with the parent's present chain.

    A certificate that is still good stays in force while its parent can't sign a better one.

    Raises:
        NotReady: There is no good certificate, and the parent can't or won't sign one.
    """
    if parent.stopped is not None:
        raise NotReady(parent.stopped.reason, parent.stopped.message)
    if not parent.path:
        raise NotReady(Reason.ISSUER_NOT_READY, f"the issuer, {parent.name}, has no certificate")
    limits = PathLimits.of(parent.path)
    if applicant.now > limits.not_after:
        raise NotReady(Reason.ISSUER_NOT_READY, f"the chain of the issuer, {parent.name}, expired")
    wanted = contents(applicant.spec, limits, parent.crl_url, applicant.now)
    reason = _reason(applicant, wanted, limits, parent.path)
    if reason is None:
        return Certified((*applicant.path[:1], *parent.path))
    try:
        return Certified((_signed(applicant, parent, wanted), *parent.path), reason)
    except NotReady as refused:
        if not _still_good(applicant, parent, limits):
            raise
        return Certified((*applicant.path[:1], *parent.path), trouble=refused.verdict)


def signed_offline(applicant: Applicant, answer: str | None) -> Certified:
    """Return the certificate in the answer to the signing request.

    An answer that is refused leaves the one before it in force, as long as that fits.

    Raises:
        NotReady: There is no answer yet, or it is refused and there was none before it.
    """
    if answer is None:
        raise NotReady(
            Reason.CERTIFICATE_AWAITED,
            "sign the request in status.csr elsewhere and put the certificate with its chain, root "
            "included, into spec.intermediate.certificate",
        )
    wanted = requested(applicant.spec, applicant.now)
    public_key = applicant.key.public_key()
    try:
        certificate, chain = offline.check_answer(answer, public_key, wanted, applicant.now)
    except AnswerRefused as refused:
        trouble = Verdict(False, Reason.CERTIFICATE_REFUSED, str(refused), stalled=True)
        if not _fits(applicant, wanted):
            raise NotReady(trouble.reason, trouble.message, stalled=True) from None
        return Certified(applicant.path, trouble=trouble)
    path = (certificate, *chain)
    return Certified(path, None if path == applicant.path else "the answer to the request fits")


def is_signed_offline(spec: AuthoritySpec) -> bool:
    """Tell whether a person has an authority's request signed elsewhere."""
    return spec.intermediate is not None and spec.intermediate.authority_ref is None


def requested(spec: AuthoritySpec, now: datetime) -> AuthorityContents:
    """Return what a signing request asks for.

    Raises:
        PKIError: The spec can't be said in a certificate.
    """
    return contents(spec, None, None, now)


def signing_request(spec: AuthoritySpec, key: PrivateKey, before: str | None, now: datetime) -> str:
    """Return the request for a certificate, in PEM; the one from before if it says the same.

    Raises:
        PKIError: The spec can't be said in a certificate.
    """
    request = authorities.signing_request(key, requested(spec, now))
    if before is not None and _says_the_same(before, request):
        return before
    return request.public_bytes(Encoding.PEM).decode("ascii")


def _says_the_same(pem: str, request: x509.CertificateSigningRequest) -> bool:
    try:
        found = x509.load_pem_x509_csr(pem.encode())
    except ValueError:
        return False
    return (found.subject, found.public_key(), list(found.extensions)) == (
        request.subject,
        request.public_key(),
        list(request.extensions),
    )


def _reason(
    applicant: Applicant, wanted: AuthorityContents, limits: PathLimits | None, above: Path
) -> str | None:
    """Return why a new certificate is due, None if the one at hand will do."""
    if not applicant.path:
        return "there was no certificate"
    certificate = applicant.path[0]
    if not paths.was_issued_by(certificate, above[0] if above else certificate):
        return "the issuer changed"
    changed = ", ".join(differences(certificate, applicant.spec, limits, wanted.crl_url))
    if changed:
        return f"it differed from what is wanted now: {changed}"
    end = certificate.not_valid_after_utc
    due = end - applicant.spec.effective_renew_before
    # One that ends with its issuer's chain gains nothing from being made again.
    if applicant.now >= due and wanted.not_after > end:
        return f"it was to be renewed from {due.isoformat()}"
    return None


def _signed(applicant: Applicant, parent: Parent, wanted: AuthorityContents) -> x509.Certificate:
    if parent.state is not AuthorityState.ACTIVE:
        raise NotReady(
            Reason.ISSUER_NOT_ACTIVE,
            f"the issuer, {parent.name}, is {parent.state} and signs no new certificates",
        )
    if parent.issuer is None:
        raise NotReady(Reason.ISSUER_NOT_READY, f"the issuer, {parent.name}, can't sign now")
    try:
        return authorities.issue_authority(
            parent.issuer, applicant.key.public_key(), wanted, applicant.random_serial()
        )
    except AuthorityRefused as refused:
        raise NotReady(
            Reason.ISSUER_REFUSED, f"the issuer, {parent.name}, refuses: {refused}", stalled=True
        ) from None


def _still_good(applicant: Applicant, parent: Parent, limits: PathLimits) -> bool:
    """Tell whether the certificate at hand may go on: all but its end is as it is wanted."""
    if not applicant.path or applicant.now > applicant.path[0].not_valid_after_utc:
        return False
    certificate = applicant.path[0]
    changed = set(differences(certificate, applicant.spec, limits, parent.crl_url))
    return changed <= {"duration"} and not any(paths.path_findings((certificate, *parent.path)))


def _fits(applicant: Applicant, wanted: AuthorityContents) -> bool:
    if not applicant.path:
        return False
    try:
        offline.check_answer(
            to_pem_chain(applicant.path), applicant.key.public_key(), wanted, applicant.now
        )
    except AnswerRefused:
        return False
    return True
