"""Plans for CertificateProfile: its signer and bundle, a refusing one where something is amiss."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from certwright.bundles.profile import ACMESettings, ProfileBundle, ProfileInformation
from certwright.bundles.signer import SignerBundle, signer_name
from certwright.policy.defaults import resolve_defaults
from certwright.policy.template import TemplatePolicy
from certwright.reconcile.authorities import AuthorityPlan, withdrawn_roots
from certwright.reconcile.effects import Effects
from certwright.reconcile.establishment import Establishment
from certwright.reconcile.events import Event
from certwright.reconcile.existing import Existing
from certwright.reconcile.own_authorities import OwnAuthorities, establish_own
from certwright.reconcile.steps import Step, StoreProfile, StoreSigner, StoreStatus
from certwright.reconcile.templates import TemplatePlan
from certwright.reconcile.trust import Trust, trust
from certwright.reconcile.verdicts import NotReady, Reason, Verdict
from certwright.reconcile.world import ObjectId, World
from certwright.resources.authority import AuthorityState
from certwright.resources.metadata import ObjectKey
from certwright.resources.profile import CertificateProfile, ExternalAccountBinding
from certwright.resources.status import ProfileStatus


@dataclass(frozen=True, slots=True)
class ProfilePlan:
    """What should exist for one profile.

    Args:
        profile: The object.
        verdict: How it stands; what isn't ready issues nothing.
        own: Steps for authorities of its own.
        signer: Who issues; None if nobody does now.
        bundle: What the server is handed.
        trust: The roots that are published for it.
        status: What its status should say.
        moments: When planning has to look again.
        events: What was done.
    """

    profile: CertificateProfile
    verdict: Verdict
    own: tuple[Step, ...]
    signer: SignerBundle | None
    bundle: ProfileBundle
    trust: Trust
    status: ProfileStatus
    moments: tuple[datetime, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def steps(self) -> Iterator[Step]:
        """What to write: the signer before the profile that names it, and the status last."""
        yield from self.own
        if self.signer is not None:
            yield StoreSigner(self.signer)
        yield StoreProfile(self.profile.key, self.bundle)
        yield from self.trust.steps
        yield StoreStatus(ObjectId.of(self.profile), self.status)


@dataclass(frozen=True, slots=True)
class Below:
    """What profiles stand on.

    Args:
        authorities: Plans of all authorities.
        templates: Plans of all templates.
        base_url: Scheme and authority of the server's URLs: `https://acme.example.com:8443`.
    """

    authorities: Mapping[ObjectKey, AuthorityPlan]
    templates: Mapping[ObjectKey, TemplatePlan]
    base_url: str


def plan_profiles(
    world: World, below: Below, existing: Existing, effects: Effects, now: datetime
) -> Mapping[ObjectKey, ProfilePlan]:
    """Plan all profiles, after the authorities and templates."""
    withdrawn = withdrawn_roots(below.authorities)
    planning = _Planning(world, below, existing, effects, now, withdrawn)
    return {key: planning.plan(profile) for key, profile in world.resources.profiles.items()}


def directory_url(base_url: str, profile: CertificateProfile) -> str:
    """Return a profile's directory URL, on its own host if it has one; the port stays."""
    key = profile.key
    return f"{_host_of(base_url, profile)}/acme/{key.namespace}/{key.name}/directory"


def _host_of(base_url: str, profile: CertificateProfile) -> str:
    hostname = profile.spec.acme.hostname
    if hostname is None:
        return base_url
    port = urlsplit(base_url).port
    return f"https://{hostname}" if port is None else f"https://{hostname}:{port}"


@dataclass(frozen=True, slots=True)
class _Issuing:
    """Who issues for a profile, if anybody can be found."""

    issuer: Establishment | None = None
    own: OwnAuthorities | None = None
    trouble: Verdict | None = None


@dataclass(frozen=True, slots=True)
class _Planning:
    world: World
    below: Below
    existing: Existing
    effects: Effects
    now: datetime
    withdrawn: Set[str]

    def plan(self, profile: CertificateProfile) -> ProfilePlan:
        issuing = self._issuing(profile)
        own = issuing.own
        template, missing = self._template(profile)
        trouble = [verdict for verdict in (issuing.trouble, missing) if verdict is not None]
        verdict = _summed_up(trouble) if trouble else self._served(profile)
        signer = _signer(issuing.issuer)
        bundle = ProfileBundle(
            namespace=profile.metadata.namespace,
            name=profile.metadata.name,
            uid=profile.metadata.uid,
            refusal=None if verdict.ready else verdict.message,
            signer=None if signer is None else signer.name,
            template=template,
            defaults=resolve_defaults(profile.spec.defaults),
            acme=_acme_settings(profile),
            information=ProfileInformation(
                directory_url=directory_url(self.below.base_url, profile)
            ),
        )
        published = self._trust(profile, issuing.issuer)
        return ProfilePlan(
            profile=profile,
            verdict=verdict,
            own=() if own is None else tuple(own.steps),
            signer=signer,
            bundle=bundle,
            trust=published,
            status=self._status(profile, verdict, own),
            moments=(*published.moments, *(() if own is None else own.moments)),
            events=() if own is None else own.events,
        )

    def _trust(self, profile: CertificateProfile, issuer: Establishment | None) -> Trust:
        owner = ObjectId.of(profile)
        path = () if issuer is None else issuer.path
        current = path[-1] if path else None
        return trust(owner, current, self.existing.trust.get(owner), self.withdrawn, self.now)

    def _issuing(self, profile: CertificateProfile) -> _Issuing:
        reference = profile.spec.issuer.authority_ref
        if reference is None:
            own = establish_own(profile, self.existing, self.effects, self.now)
            return _Issuing(own.issuer, own, own.trouble)
        try:
            authority = self.world.authority(reference, profile)
        except NotReady as missing:
            return _Issuing(trouble=missing.verdict)
        issuer = self.below.authorities[authority.key].establishment
        return _Issuing(issuer, trouble=_not_issuing(issuer))

    def _template(self, profile: CertificateProfile) -> tuple[TemplatePolicy, Verdict | None]:
        """Return what certificates may hold: nothing, with the reason, where that isn't known."""
        reference = profile.spec.template_ref
        nothing = TemplatePolicy(origin=f"template {reference.key(profile.metadata.namespace)}")
        try:
            template = self.world.template(reference, profile)
        except NotReady as missing:
            return nothing, missing.verdict
        plan = self.below.templates[template.key]
        if plan.policy is None:
            return nothing, replace(
                plan.verdict, message=f"{nothing.origin}: {plan.verdict.message}"
            )
        return plan.policy, None

    def _served(self, profile: CertificateProfile) -> Verdict:
        url = directory_url(self.below.base_url, profile)
        return Verdict(True, Reason.SERVED, f"its ACME directory is {url}")

    def _status(
        self, profile: CertificateProfile, verdict: Verdict, own: OwnAuthorities | None
    ) -> ProfileStatus:
        # Without authorities of its own: what tells of their keys stays, as the keys do.
        before = profile.status
        root, issuer = before.root_key_identifier, before.issuer_key_identifier
        return ProfileStatus(
            observed_generation=profile.metadata.generation,
            conditions=self.world.observation(profile, self.now).conditions(verdict),
            directory_url=directory_url(self.below.base_url, profile),
            root_key_identifier=root if own is None else own.root.identifier,
            issuer_key_identifier=issuer if own is None else own.issuer.identifier,
        )


def _not_issuing(issuer: Establishment) -> Verdict | None:
    """Return why an authority issues nothing now, None if it does."""
    name, state = issuer.claim.name, issuer.claim.spec.state
    if state is not AuthorityState.ACTIVE:
        return Verdict(
            False, Reason.ISSUER_NOT_ACTIVE, f"{name} is {state} and signs no new certificates"
        )
    if issuer.issuer is None:
        message = f"{name} is not ready: {issuer.verdict.message}"
        return Verdict(False, Reason.ISSUER_NOT_READY, message)
    return None


def _summed_up(trouble: list[Verdict]) -> Verdict:
    """Return one verdict with everything that is amiss; the first gives the reason."""
    message = "; ".join(verdict.message for verdict in trouble)
    return replace(trouble[0], message=message)


def _signer(issuer: Establishment | None) -> SignerBundle | None:
    if issuer is None or issuer.issuer is None:
        return None
    key = issuer.claim.signer.key
    name = signer_name(key.namespace, key.name, issuer.issuer.certificate)
    crl = issuer.claim.spec.crl
    return SignerBundle.of(name, issuer.issuer, None if crl is None else crl.url)


def _acme_settings(profile: CertificateProfile) -> ACMESettings:
    acme = profile.spec.acme
    return ACMESettings(
        challenges=acme.challenges,
        external_account_binding=acme.external_account_binding is ExternalAccountBinding.REQUIRED,
        hostname=acme.hostname,
    )
