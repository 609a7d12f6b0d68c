"""The plan: everything that should exist for a world of resources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from certwright.reconcile.authorities import AuthorityPlan, plan_authorities
from certwright.reconcile.credentials import CredentialPlan, plan_credentials
from certwright.reconcile.effects import Effects
from certwright.reconcile.events import Event
from certwright.reconcile.existing import Existing
from certwright.reconcile.profiles import Below, ProfilePlan, plan_profiles
from certwright.reconcile.removals import plan_removals
from certwright.reconcile.steps import Step
from certwright.reconcile.templates import TemplatePlan, plan_templates
from certwright.reconcile.verdicts import Verdict
from certwright.reconcile.world import ObjectId, World
from certwright.resources.metadata import ObjectKey


@dataclass(frozen=True, slots=True)
class Plan:
    """What should exist, by kind and object.

    Args:
        authorities: Plans of authorities.
        templates: Plans of templates.
        profiles: Plans of profiles.
        credentials: Plans of credentials.
        removals: What is to go.
        next_time: When time alone changes something next: a renewal, the end of an overlap; None if
            nothing waits for the time.
    """

    authorities: Mapping[ObjectKey, AuthorityPlan]
    templates: Mapping[ObjectKey, TemplatePlan]
    profiles: Mapping[ObjectKey, ProfilePlan]
    credentials: Mapping[ObjectKey, CredentialPlan]
    removals: tuple[Step, ...]
    next_time: datetime | None

    @property
    def steps(self) -> Iterator[Step]:
        """All writes in order: what is referred to comes before what refers to it."""
        for plans in (self.authorities, self.templates, self.profiles, self.credentials):
            for plan in plans.values():
                yield from plan.steps
        yield from self.removals

    @property
    def verdicts(self) -> Mapping[ObjectId, Verdict]:
        """How every object stands."""
        return {
            **{
                ObjectId.of(each.authority): each.establishment.verdict
                for each in self.authorities.values()
            },
            **{ObjectId.of(each.template): each.verdict for each in self.templates.values()},
            **{ObjectId.of(each.profile): each.verdict for each in self.profiles.values()},
            **{ObjectId.of(each.credential): each.verdict for each in self.credentials.values()},
        }

    @property
    def events(self) -> Iterator[tuple[ObjectId, Event]]:
        """What is done now that wasn't before, with whose it is."""
        for authority in self.authorities.values():
            for event in authority.events:
                yield ObjectId.of(authority.authority), event
        for profile in self.profiles.values():
            for event in profile.events:
                yield ObjectId.of(profile.profile), event
        for credential in self.credentials.values():
            for event in credential.events:
                yield ObjectId.of(credential.credential), event


def make_plan(
    world: World, existing: Existing, effects: Effects, base_url: str, now: datetime
) -> Plan:
    """Plan everything.

    Args:
        world: The resources in force.
        existing: What earlier plans made.
        effects: Keys, randomness and serial numbers.
        base_url: Scheme and authority of the server's URLs: `https://acme.example.com:8443`.
        now: Aware.
    """
    authorities = plan_authorities(world, existing, effects, now)
    templates = plan_templates(world, now)
    below = Below(authorities, templates, base_url)
    profiles = plan_profiles(world, below, existing, effects, now)
    credentials = plan_credentials(world, existing, effects, now)
    return Plan(
        authorities,
        templates,
        profiles,
        credentials,
        tuple(plan_removals(world, existing)),
        _next_time(authorities, profiles, credentials, now),
    )


def _next_time(
    authorities: Mapping[ObjectKey, AuthorityPlan],
    profiles: Mapping[ObjectKey, ProfilePlan],
    credentials: Mapping[ObjectKey, CredentialPlan],
    now: datetime,
) -> datetime | None:
    moments = (
        *(moment for plan in authorities.values() for moment in plan.moments),
        *(moment for plan in profiles.values() for moment in plan.moments),
        *(moment for plan in credentials.values() for moment in plan.moments),
    )
    return min((moment for moment in moments if moment > now), default=None)
