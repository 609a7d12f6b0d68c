"""What an order may become: the validity and the contents of its certificate, asked of policy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from acme_server.domain.documents.orders import Order
from acme_server.domain.problems import ErrorType, Problem, combined, malformed, unavailable
from acme_server.services.environment import Environment
from acme_server.services.refusals import refused_by_policy
from certwright.bundles.profile import ProfileInForce
from certwright.bundles.signer import SignerInForce
from certwright.pki.certificates import LeafContents
from certwright.pki.requests import CertificateSigningRequest
from certwright.policy.account import AccountPolicy
from certwright.policy.identifiers import Identifier
from certwright.policy.issuance import RequestRefused, alternative_names, prepare_leaf
from certwright.policy.lifetime import LifetimeLimits, LifetimeRefused, Validity, decide_validity

#: Seconds after which an authority that can't sign now may have been renewed.
_AUTHORITY_RETRY = 30


def signer_of(profile: ProfileInForce, now: datetime) -> SignerInForce:
    """Return the profile's signer; raise 503 while it is missing or its chain is not in force."""
    signer = profile.signer
    if signer is None:
        detail = f"the issuing authority of profile {profile.key} isn't ready yet"
        raise unavailable(detail)
    if not signer.not_before <= now < signer.earliest_expiry:
        detail = f"the issuing authority of profile {profile.key} has no certificate in force now"
        raise unavailable(detail, _AUTHORITY_RETRY)
    return signer


def require_signable(signer: SignerInForce, identifiers: Iterable[Identifier]) -> None:
    """Refuse names that the name constraints of the signer's chain exclude (RFC 5280 §4.2.1.10)."""
    limits = signer.issuer.limits
    problems = [
        Problem(
            ErrorType.REJECTED_IDENTIFIER,
            f"the authority can't sign for this: {said}",
            identifier=each,
        )
        for each in identifiers
        for said in limits.name_findings(alternative_names((each,)), None)
    ]
    if problems:
        raise combined(ErrorType.REJECTED_IDENTIFIER, problems)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The times that an order asks for, and how long ago it asked."""

    not_before: datetime | None
    not_after: datetime | None
    asked: datetime | None = None

    @classmethod
    def by(cls, order: Order) -> Self:
        """Return what a stored order asked for when it was made."""
        return cls(order.not_before, order.not_after, order.created)

    def backdate(self, usual: timedelta, now: datetime) -> timedelta:
        """Return how far before `now` validity may begin.

        A `notBefore` that was allowed when the order was made stays so while it is validated.
        """
        if self.not_before is None or self.asked is None:
            return usual
        return usual + (now - self.asked)


def validity_of(
    environment: Environment, profile: ProfileInForce, policy: AccountPolicy, wanted: Wanted
) -> Validity:
    """Return when a certificate signed now would be valid.

    A time that the client asks for is honoured or refused, never bent (RFC 8555 §7.4).
    """
    now = environment.now()
    signer = signer_of(profile, now)
    template = policy.template.policy
    limits = LifetimeLimits(
        signer=Validity(signer.not_before, signer.earliest_expiry),
        maximum=template.max_duration,
        default=profile.defaults.duration,
        backdate=wanted.backdate(environment.lifetimes.backdate, now),
        origin=template.origin,
    )
    try:
        return decide_validity(limits, now, wanted.not_before, wanted.not_after)
    except LifetimeRefused as refused:
        raise malformed(str(refused)) from None


def contents_of(
    profile: ProfileInForce,
    policy: AccountPolicy,
    order: Order,
    request: CertificateSigningRequest,
    validity: Validity,
) -> LeafContents:
    """Return what the certificate of an order will say; raise `badCSR` with every finding."""
    signer = profile.signer
    crl_url = None if signer is None else signer.crl_url
    identifiers = identifiers_of(order)
    try:
        return prepare_leaf(policy, profile.defaults, request, identifiers, validity, crl_url)
    except RequestRefused as refused:
        raise refused_by_policy(ErrorType.BAD_CSR, refused.findings) from None


def identifiers_of(order: Order) -> tuple[Identifier, ...]:
    """Return an order's identifiers as policy takes them."""
    return tuple(each.identifier for each in order.identifiers)
