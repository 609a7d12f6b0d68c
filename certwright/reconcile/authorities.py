"""Plans for CertificateAuthority: parents first, however deep the chains are."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from certwright.pki import chains
from certwright.reconcile.certification import Parent
from certwright.reconcile.effects import Effects
from certwright.reconcile.establishment import Claim, Establishment, establish
from certwright.reconcile.events import Event
from certwright.reconcile.existing import Existing, SignerKey
from certwright.reconcile.imported_authorities import establish_imported
from certwright.reconcile.steps import Step, StoreStatus
from certwright.reconcile.trust import Trust, key_identifier, trust
from certwright.reconcile.verdicts import READY, NotReady, Observation, Reason
from certwright.reconcile.world import ObjectId, World
from certwright.resources.authority import AuthorityState, CertificateAuthority
from certwright.resources.metadata import ObjectKey
from certwright.resources.status import AuthorityStatus


@dataclass(frozen=True, slots=True)
class AuthorityPlan:
    """What should exist for one authority.

    Args:
        authority: The object.
        establishment: How it stands, and with what.
        status: What its status should say.
        trust: The roots that are published for it.
    """

    authority: CertificateAuthority
    establishment: Establishment
    status: AuthorityStatus
    trust: Trust

    @property
    def steps(self) -> Iterator[Step]:
        """What to write: key, certificates, roots, status."""
        yield from self.establishment.steps
        yield from self.trust.steps
        yield StoreStatus(ObjectId.of(self.authority), self.status)

    @property
    def events(self) -> Iterator[Event]:
        """What was done, and once that a person's turn has come."""
        yield from self.establishment.events
        verdict, before = self.establishment.verdict, self.authority.status.condition(READY)
        told = before is not None and before.reason == Reason.RENEWAL_DUE
        if verdict.reason is Reason.RENEWAL_DUE and not told:
            yield Event(verdict.message, warning=True)

    @property
    def moments(self) -> Iterator[datetime]:
        """When planning has to look again."""
        yield from self.establishment.moments
        yield from self.trust.moments


def plan_authorities(
    world: World, existing: Existing, effects: Effects, now: datetime
) -> Mapping[ObjectKey, AuthorityPlan]:
    """Plan all authorities, each after the one that signs it."""
    planning = _Planning(world, existing, effects, now)
    for key in world.resources.authorities:
        planning.plan_with_parents(key)
    withdrawn = withdrawn_roots(planning.plans)
    return {
        key: replace(plan, trust=_trust(plan, existing, withdrawn, now))
        for key, plan in planning.plans.items()
    }


def withdrawn_roots(plans: Mapping[ObjectKey, AuthorityPlan]) -> Set[str]:
    """Return the key identifiers of the roots that are out of trust: those Disabled by a person."""
    disabled = (
        plan.establishment
        for plan in plans.values()
        if plan.authority.spec.intermediate is None
        and plan.authority.spec.state is AuthorityState.DISABLED
    )
    # What is imported may be a root or not. Of one that isn't, its own key is no root's.
    identifiers = ((each.identifier, *map(key_identifier, each.path[:1])) for each in disabled)
    return {each for found in identifiers for each in found if each is not None}


def _trust(plan: AuthorityPlan, existing: Existing, withdrawn: Set[str], now: datetime) -> Trust:
    owner, path = plan.trust.owner, plan.establishment.path
    current = path[-1] if path else None
    return trust(owner, current, existing.trust.get(owner), withdrawn, now)


@dataclass(slots=True)
class _Planning:
    """Plans made so far, by which those below are planned."""

    world: World
    existing: Existing
    effects: Effects
    now: datetime
    plans: dict[ObjectKey, AuthorityPlan] = field(default_factory=dict)

    def plan_with_parents(self, key: ObjectKey) -> None:
        line: list[ObjectKey] = []
        above: ObjectKey | None = key
        while above is not None and above not in self.plans and above not in line:
            line.append(above)
            above = self._key_above(above)
        cycle = line[line.index(above) :] if above in line else []
        for each in reversed(line):
            self.plans[each] = self._plan(self.world.resources.authorities[each], cycle)

    def _key_above(self, key: ObjectKey) -> ObjectKey | None:
        intermediate = self.world.resources.authorities[key].spec.intermediate
        if intermediate is None or intermediate.authority_ref is None:
            return None
        above = intermediate.authority_ref.key(key.namespace)
        return above if above in self.world.resources.authorities else None

    def _plan(self, authority: CertificateAuthority, cycle: list[ObjectKey]) -> AuthorityPlan:
        claim = Claim(
            signer=SignerKey(authority.key),
            name=str(ObjectId.of(authority)),
            spec=authority.spec,
            parent=self._parent(authority, cycle),
            identifier=authority.status.subject_key_identifier,
            request=authority.status.csr,
            certificate=authority.status.certificate,
        )
        establishment = (
            establish(claim, self.existing, self.effects, self.now)
            if authority.spec.imported is None
            else establish_imported(claim, authority.spec.imported, self.existing, self.now)
        )
        status = _status(establishment, self.world.observation(authority, self.now))
        return AuthorityPlan(authority, establishment, status, Trust(ObjectId.of(authority)))

    def _parent(
        self, authority: CertificateAuthority, cycle: list[ObjectKey]
    ) -> Parent | NotReady | None:
        intermediate = authority.spec.intermediate
        if intermediate is None or intermediate.authority_ref is None:
            return None
        if authority.key in cycle:
            circle = " → ".join(str(key) for key in (*cycle, cycle[0]))
            return NotReady(
                Reason.REFERENCE_CYCLE,
                f"the authorities sign each other in a circle: {circle}; one must be a root",
                stalled=True,
            )
        try:
            above = self.world.authority(intermediate.authority_ref, authority)
        except NotReady as missing:
            return missing
        return self.plans[above.key].establishment.as_parent


def _status(establishment: Establishment, observation: Observation) -> AuthorityStatus:
    path = establishment.path
    return AuthorityStatus(
        observed_generation=observation.generation,
        conditions=observation.conditions(establishment.verdict),
        csr=establishment.request,
        certificate=chains.to_pem_chain(path[:1]) if path else None,
        chain=chains.to_pem_chain(path) if path else None,
        subject_key_identifier=establishment.identifier,
        not_before=path[0].not_valid_before_utc if path else None,
        not_after=path[0].not_valid_after_utc if path else None,
        renewal_time=establishment.renewal_time,
    )
