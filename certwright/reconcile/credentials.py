"""Plans for EABCredential: its bundle for the server, then the tenant's Secret."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from certwright.bundles.credential import CredentialBundle
from certwright.bundles.document import ProfileReference
from certwright.policy.grants import (
    ExceedsGrant,
    NotGranted,
    ProfileGrants,
    ResolvedGrant,
    Tenant,
    choose_grant,
)
from certwright.reconcile import secret_names
from certwright.reconcile.effects import Effects
from certwright.reconcile.events import Event
from certwright.reconcile.existing import Existing
from certwright.reconcile.lost_secrets import LostSecret, lost_secret
from certwright.reconcile.secrets import Secrets, rotated
from certwright.reconcile.steps import Step, StoreCredential, StoreStatus, StoreTenantSecret
from certwright.reconcile.verdicts import NotReady, Reason, Verdict
from certwright.reconcile.world import ObjectId, World
from certwright.resources.credential import EABCredential
from certwright.resources.metadata import ObjectKey
from certwright.resources.profile import CertificateProfile
from certwright.resources.status import CredentialStatus, EffectivePolicy
from certwright.resources.times import format_time


@dataclass(frozen=True, slots=True)
class CredentialPlan:
    """What should exist for one credential.

    Args:
        credential: The object.
        verdict: How it stands.
        bundle: What the server is handed; its current secret comes first.
        owns_secret: Whether the tenant's Secret is its own to write.
        status: What its status should say.
        events: What was done.
    """

    credential: EABCredential
    verdict: Verdict
    bundle: CredentialBundle
    owns_secret: bool
    status: CredentialStatus
    events: tuple[Event, ...] = ()

    @property
    def steps(self) -> Iterator[Step]:
        """What to write: the bundle, then the tenant's Secret, so that it works once it is read."""
        yield StoreCredential(self.credential.key, self.bundle)
        if self.owns_secret and self.bundle.secrets:
            yield StoreTenantSecret(
                secret_names.secret_key(self.credential),
                self.credential.key_id,
                self.bundle.secrets[0].secret,
            )
        yield StoreStatus(ObjectId.of(self.credential), self.status)

    @property
    def moments(self) -> Iterator[datetime]:
        """When planning has to look again."""
        ends = (secret.expiration_time for secret in self.bundle.secrets)
        yield from (end for end in (*ends, self.bundle.expiration_time) if end is not None)


def plan_credentials(
    world: World, existing: Existing, effects: Effects, now: datetime
) -> Mapping[ObjectKey, CredentialPlan]:
    """Plan all credentials."""
    owners = secret_names.owners(world, existing)
    return {
        key: _plan(_Planning(world, existing, effects, now, owners), credential)
        for key, credential in world.resources.credentials.items()
    }


@dataclass(frozen=True, slots=True)
class _Planning:
    world: World
    existing: Existing
    effects: Effects
    now: datetime
    owners: Mapping[ObjectKey, str]


def _plan(planning: _Planning, credential: EABCredential) -> CredentialPlan:
    profile: CertificateProfile | None = None
    grant: ResolvedGrant | None = None
    try:
        profile = planning.world.profile(credential.spec.profile_ref, credential)
        grant = _grant(planning.world, profile, credential)
        verdict = _verdict(credential, grant, planning.now)
    except NotReady as refused:
        verdict = refused.verdict
    before = _secrets_before(planning.existing, credential)
    lost = lost_secret(planning.existing, credential)
    is_missing = lost is not None and not lost.is_given_up(credential)
    secrets = before
    if before or (grant is not None and not is_missing):
        secrets = rotated(
            before, credential.spec.rotation, planning.effects.random_bytes, planning.now
        )
    owner = planning.owners[secret_names.secret_key(credential)]
    owns_secret = owner == credential.key_id
    told = verdict
    if verdict.ready and not owns_secret:
        told = _taken(credential, owner)
    elif verdict.ready and lost is not None and is_missing:
        told = lost.verdict
    return CredentialPlan(
        credential=credential,
        verdict=told,
        bundle=_bundle(credential, profile, grant, verdict, secrets),
        owns_secret=owns_secret,
        status=_status(planning, credential, grant, told, _revision(secrets, lost)),
        events=(_drawn(lost),) if secrets[:1] != before[:1] else (),
    )


def _grant(world: World, profile: CertificateProfile, credential: EABCredential) -> ResolvedGrant:
    namespace = credential.metadata.namespace
    grants = ProfileGrants(profile.metadata.namespace, profile.metadata.name, profile.spec.grants)
    tenant = Tenant(namespace, world.labels_of(namespace))
    try:
        return choose_grant(grants, tenant, credential.metadata.name, credential.spec)
    except NotGranted as refused:
        raise NotReady(Reason.NOT_GRANTED, str(refused), stalled=True) from None
    except ExceedsGrant as refused:
        raise NotReady(Reason.EXCEEDS_GRANT, str(refused), stalled=True) from None


def _verdict(credential: EABCredential, grant: ResolvedGrant, now: datetime) -> Verdict:
    if credential.spec.suspend:
        return Verdict(False, Reason.SUSPENDED, "spec.suspend is true: it gives nobody anything")
    end = credential.spec.expiration_time
    if end is not None and now >= end:
        return Verdict(
            False, Reason.EXPIRED, f"expired at {format_time(end)}: it binds no new accounts"
        )
    return Verdict(True, Reason.GRANTED, f"binds accounts under grant {grant.grant}")


def _taken(credential: EABCredential, owner: str) -> Verdict:
    whose = f"EABCredential {owner.replace('.', '/', 1)}" if owner else "somebody else"
    return Verdict(
        False,
        Reason.SECRET_NAME_TAKEN,
        f"Secret {secret_names.secret_key(credential)} belongs to {whose}, and is left alone; "
        "write a credential with another spec.secretName",
        stalled=True,
    )


def _secrets_before(existing: Existing, credential: EABCredential) -> Secrets:
    """Return its secrets; none of a credential that had its name before it."""
    bundle = existing.credentials.get(credential.key)
    return bundle.secrets if bundle is not None and bundle.uid == credential.metadata.uid else ()


def _drawn(lost: LostSecret | None) -> Event:
    """Tell that a secret was drawn, and whether it stands in for one that got lost."""
    if lost is None:
        return Event("a new secret was drawn")
    return Event(
        f"a new secret was drawn in the place of the lost one of revision {lost.revision}: clients "
        "that have that one can't register with it; accounts that are bound go on",
        warning=True,
    )


def _revision(secrets: Secrets, lost: LostSecret | None) -> int | None:
    """Return what its secret was drawn for: the trace by which a loss is told."""
    if secrets:
        return secrets[0].revision
    return None if lost is None else lost.revision


def _bundle(
    credential: EABCredential,
    profile: CertificateProfile | None,
    grant: ResolvedGrant | None,
    verdict: Verdict,
    secrets: Secrets,
) -> CredentialBundle:
    metadata, spec = credential.metadata, credential.spec
    target = spec.profile_ref.key(metadata.namespace)
    reference = ProfileReference(
        namespace=target.namespace,
        name=target.name,
        uid="" if profile is None else profile.metadata.uid,
    )
    bundle = CredentialBundle(
        namespace=metadata.namespace,
        name=metadata.name,
        uid=metadata.uid,
        profile=reference,
        refusal=verdict.message if grant is None else None,
        secrets=secrets,
        expiration_time=spec.expiration_time,
        suspend=spec.suspend,
        reject_accounts_before_time=spec.reject_accounts_before_time,
    )
    if grant is None:
        return bundle
    return bundle.model_copy(
        update={
            "grant": grant.grant,
            "scopes": grant.scopes,
            "validation": grant.validation_required,
            "max_accounts": grant.max_accounts,
        }
    )


def _status(
    planning: _Planning,
    credential: EABCredential,
    grant: ResolvedGrant | None,
    verdict: Verdict,
    secret_revision: int | None,
) -> CredentialStatus:
    return CredentialStatus(
        observed_generation=credential.metadata.generation,
        conditions=planning.world.observation(credential, planning.now).conditions(verdict),
        key_id=credential.key_id,
        profile=str(credential.spec.profile_ref.key(credential.metadata.namespace)),
        secret_name=credential.secret_name,
        secret_revision=secret_revision,
        grant=None if grant is None else grant.grant,
        effective=None if grant is None else _effective(grant),
        expiration_time=credential.spec.expiration_time,
    )


def _effective(grant: ResolvedGrant) -> EffectivePolicy | None:
    """Return the narrowest scope that lists names; None if the template alone decides."""
    for scope in reversed(grant.scopes):
        if not scope.unlimited:
            return EffectivePolicy(
                dns_names=scope.dns_names or (), ip_addresses=scope.ip_cidrs or ()
            )
    return None
