"""Establishing an authority: its key, its certificate, and whether it can sign now."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from certwright.pki import chains
from certwright.pki.authorities import InvalidIssuer, Issuer
from certwright.pki.chains import InvalidCertificate
from certwright.pki.errors import PKIError
from certwright.reconcile import certification, manual_renewals
from certwright.reconcile.adoption import withholding
from certwright.reconcile.certificate_contents import is_shortened
from certwright.reconcile.certification import Applicant, Certified, Parent, Path
from certwright.reconcile.effects import Effects
from certwright.reconcile.events import Event
from certwright.reconcile.existing import Existing, SignerKey
from certwright.reconcile.signing_keys import KeyTraces, SigningKey, identifier_of, signing_key
from certwright.reconcile.steps import CreateKey, Step, StoreCertificates
from certwright.reconcile.verdicts import NotReady, Reason, Verdict
from certwright.resources.authority import AuthoritySpec, AuthorityState
from certwright.resources.times import format_time

_SIGN_AGAIN: Final = (
    "have the request in status.csr signed again and put the new certificate with its chain, root "
    "included, into spec.intermediate.certificate"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """An authority that should exist.

    Args:
        signer: Where its key is kept.
        name: For messages, `CertificateAuthority pki/root`.
        spec: What is wanted.
        parent: Who signs it, where the spec refers to one; why not, where that can't be had.
        identifier: The subject key identifier that its status told; None without.
        request: The signing request that its status told, in PEM; None without.
        certificate: The certificate that its status told, in PEM; None without.
    """

    signer: SignerKey
    name: str
    spec: AuthoritySpec
    parent: Parent | NotReady | None = None
    identifier: str | None = None
    request: str | None = None
    certificate: str | None = None


@dataclass(frozen=True, slots=True)
class Establishment:
    """How an authority stands and what that takes.

    Args:
        claim: What was wanted.
        verdict: How it stands.
        path: Its certificate and chain; empty without one.
        issuer: It, able to sign; None if it can't or mustn't be asked to.
        identifier: Its key's subject key identifier in hexadecimal; None as long as there is none.
        request: The signing request in PEM, where one is to be answered offline.
        uncertified: Whether it has no certificate that is as its spec and its issuer want it now.
        steps: What is to be written, the key first.
        events: What was done and why.
    """

    claim: Claim
    verdict: Verdict
    path: Path = ()
    issuer: Issuer | None = field(default=None, repr=False)
    identifier: str | None = None
    request: str | None = None
    uncertified: bool = False
    steps: tuple[Step, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def as_parent(self) -> Parent:
        """It, as those below it see it."""
        spec = self.claim.spec
        crl_url = None if spec.crl is None else spec.crl.url
        name = self.claim.name
        return Parent(name, spec.state, self.path, self.issuer, crl_url, self._stopped)

    @property
    def _stopped(self) -> Verdict | None:
        """Why nothing below may go on: whatever stops an authority stops the whole branch."""
        claim = self.claim
        if claim.spec.state is AuthorityState.DISABLED:
            message = f"the issuer, {claim.name}, is Disabled"
            return Verdict(False, Reason.ISSUER_NOT_ACTIVE, message)
        cause = self.verdict if self.uncertified else _stopped_above(claim.parent)
        if cause is None:
            return None
        message = f"the issuer, {claim.name}, is not ready: {cause.message}"
        return Verdict(False, Reason.ISSUER_NOT_READY, message)

    @property
    def renewal_time(self) -> datetime | None:
        """When the certificate is to be renewed; None if that waits for the issuer's renewal."""
        spec = self.claim.spec
        if not self.path:
            return None
        if manual_renewals.is_renewed_by_hand(spec):
            return manual_renewals.renewal_time(spec, self.path)
        if is_shortened(self.path[0], spec):
            return None
        return self.path[0].not_valid_after_utc - spec.effective_renew_before

    @property
    def moments(self) -> Iterator[datetime]:
        """When planning has to look again."""
        if self.renewal_time is not None:
            yield self.renewal_time
        for certificate in self.path:
            yield certificate.not_valid_before_utc
            yield certificate.not_valid_after_utc


def establish(claim: Claim, existing: Existing, effects: Effects, now: datetime) -> Establishment:
    """Return how an authority stands, with a key and a certificate if it may have new ones."""
    withheld = withholding(claim.signer, existing)
    path = () if withheld else _path(existing.certificates.get(claim.signer))
    found = Establishment(claim, without_work(claim.spec), path, identifier=claim.identifier)
    if claim.spec.state is not AuthorityState.ACTIVE:
        return found
    if withheld is not None:
        return replace(found, verdict=withheld)
    try:
        key = signing_key(
            claim.spec.private_key,
            existing.keys.get(claim.signer),
            KeyTraces(path[0] if path else None, claim.identifier),
            effects,
        )
    except NotReady as missing:
        return replace(found, verdict=missing.verdict)
    return _with_certificate(
        _with_key(found, key), Applicant(claim.spec, key.key, path, now, effects.random_serial)
    )


def _with_key(found: Establishment, key: SigningKey) -> Establishment:
    found = replace(found, identifier=identifier_of(key.key))
    if key.created is None:
        return found
    return replace(
        found,
        steps=(CreateKey(found.claim.signer, key.created),),
        events=(Event(f"a private key was generated: {found.claim.spec.private_key.algorithm}"),),
    )


def _with_certificate(found: Establishment, applicant: Applicant) -> Establishment:
    try:
        found = _with_request(found, applicant)
        certified = _certificate(found.claim, applicant)
        issuer = Issuer(certified.path[0], applicant.key, certified.path[1:])
    except NotReady as refused:
        return replace(found, verdict=refused.verdict, uncertified=True)
    except PKIError as refused:
        impossible = isinstance(refused, InvalidIssuer)
        reason = Reason.ISSUER_REFUSED if impossible else Reason.INVALID_SPEC
        verdict = Verdict(False, reason, str(refused), stalled=True)
        return replace(found, verdict=verdict, uncertified=True)
    event = Event(f"a certificate was issued, since {certified.reason}")
    store = StoreCertificates(found.claim.signer, chains.to_pem_chain(certified.path))
    return replace(
        found,
        verdict=certified.trouble or _issued(applicant, certified.path),
        path=certified.path,
        issuer=issuer,
        steps=(*found.steps, store),
        events=found.events if certified.reason is None else (*found.events, event),
    )


def _with_request(found: Establishment, applicant: Applicant) -> Establishment:
    if not certification.is_signed_offline(applicant.spec):
        return found
    request = certification.signing_request(
        applicant.spec, applicant.key, found.claim.request, applicant.now
    )
    return replace(found, request=request)


def _certificate(claim: Claim, applicant: Applicant) -> Certified:
    if isinstance(claim.parent, NotReady):
        raise claim.parent
    if claim.parent is not None:
        return certification.subordinate(applicant, claim.parent)
    if claim.spec.intermediate is not None:
        return certification.signed_offline(applicant, claim.spec.intermediate.certificate)
    return certification.root(applicant, None if claim.spec.crl is None else claim.spec.crl.url)


def _stopped_above(parent: Parent | NotReady | None) -> Verdict | None:
    match parent:
        case NotReady(verdict=cause) | Parent(stopped=Verdict() as cause):
            return cause
    return None


def without_work(spec: AuthoritySpec) -> Verdict:
    """Return the verdict on an authority that isn't Active."""
    if spec.state is AuthorityState.RETIRED:
        return Verdict(True, Reason.RETIRED, "signs no new certificates; its list goes on")
    return Verdict(False, Reason.DISABLED, "spec.state is Disabled: it does nothing")


def _issued(applicant: Applicant, path: Path) -> Verdict:
    spec = applicant.spec
    if certification.is_signed_offline(spec):
        return manual_renewals.verdict(spec, path, applicant.now, _SIGN_AGAIN)
    end = format_time(path[0].not_valid_after_utc)
    shortened = ", as its issuer wants it: before spec.duration is over"
    return Verdict(
        True,
        Reason.ISSUED,
        f"the certificate is valid until {end}{shortened if is_shortened(path[0], spec) else ''}",
    )


def _path(pem: str | None) -> Path:
    """Return the certificates at hand; none that can't be read, so that new ones are made."""
    try:
        return () if pem is None else chains.certificates_from_pem(pem)
    except InvalidCertificate:
        return ()
