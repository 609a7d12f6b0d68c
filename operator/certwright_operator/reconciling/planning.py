"""Planning a scope: for each of its objects, what is to be written, told, and looked at again."""

import logging
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from datetime import datetime

from certwright.reconcile.authorities import plan_authorities
from certwright.reconcile.credentials import plan_credentials
from certwright.reconcile.effects import Effects
from certwright.reconcile.events import Event
from certwright.reconcile.existing import Existing
from certwright.reconcile.profiles import Below, plan_profiles
from certwright.reconcile.steps import Step, StoreCredential, StoreProfile, StoreSigner, StoreStatus
from certwright.reconcile.templates import plan_templates
from certwright.reconcile.verdicts import Reason, Verdict
from certwright.reconcile.world import Kind, ObjectId, World
from certwright.resources.kinds import AnyResource
from certwright.resources.metadata import ObjectKey
from certwright.resources.status import Status
from certwright.resources.validation import InvalidResource
from certwright_operator.knowledge.dependence import above
from certwright_operator.knowledge.objects import Objects
from certwright_operator.reconciling.alarms import alarm
from certwright_operator.reconciling.scope import Scope

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What comes of a look at one object.

    Args:
        resource: The object.
        steps: What to write, in order.
        events: What was done.
        next_time: When time alone changes something; None if it doesn't.
        ready: Whether it is ready.
        waiting: Why it can't be planned now, nor what stands on it; None if it can.
    """

    resource: AnyResource
    steps: tuple[Step, ...] = field(repr=False)
    events: tuple[Event, ...] = ()
    next_time: datetime | None = None
    ready: bool = False
    waiting: str | None = None

    @property
    def id(self) -> ObjectId:
        """Which object."""
        return ObjectId.of(self.resource)

    @property
    def news(self) -> Iterator[Event]:
        """What to tell of it: what was done, and what people should notice."""
        yield from self.events
        told = {each.message for each in self.events}
        statuses = (step.status for step in self.steps if isinstance(step, StoreStatus))
        alarms = (alarm(self.resource.status, status) for status in statuses)
        yield from (each for each in alarms if each is not None and each.message not in told)


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans scopes.

    Args:
        objects: What is known.
        effects: Keys, randomness and serial numbers.
        base_url: Of the server's URLs.
        is_served: Tells whether the server has a bundle of an object, made for it.
    """

    objects: Objects
    effects: Effects
    base_url: str
    is_served: Callable[[AnyResource], bool]

    def plan(
        self, scope: Scope, existing: Existing, unreachable: Set[ObjectKey], now: datetime
    ) -> tuple[Look, ...]:
        """Plan everything of a scope, what others stand on first.

        Args:
            scope: What a look takes in.
            existing: What exists of it.
            unreachable: Secrets that the operator's roles don't let it read.
            now: Aware.
        """
        looks = (*self._issuing(scope.issuing, existing, now), *self._binding(scope, existing, now))
        planned = (
            self._within_reach(each, scope, unreachable, now)
            for each in looks
            if each.id in scope.planned
        )
        return (*planned, *self._unusable(scope, now))

    def _issuing(self, world: World, existing: Existing, now: datetime) -> Iterator[Look]:
        authorities = plan_authorities(world, existing, self.effects, now)
        templates = plan_templates(world, now)
        below = Below(authorities, templates, self.base_url)
        profiles = plan_profiles(world, below, existing, self.effects, now)
        for authority in authorities.values():
            yield Look(
                authority.authority,
                tuple(authority.steps),
                tuple(authority.events),
                _next(authority.moments, now),
                authority.establishment.verdict.ready,
            )
        for template in templates.values():
            ready = template.verdict.ready
            yield Look(template.template, tuple(template.steps), ready=ready)
        for profile in profiles.values():
            steps = tuple(self._steps(profile.profile, profile.verdict, profile.steps))
            moments = _next(profile.moments, now)
            yield Look(profile.profile, steps, profile.events, moments, profile.verdict.ready)

    def _binding(self, scope: Scope, existing: Existing, now: datetime) -> Iterator[Look]:
        for plan in plan_credentials(scope.binding, existing, self.effects, now).values():
            steps = tuple(self._steps(plan.credential, plan.verdict, plan.steps))
            moments = _next(plan.moments, now)
            yield Look(plan.credential, steps, plan.events, moments, plan.verdict.ready)

    def _steps(
        self, resource: AnyResource, verdict: Verdict, steps: Iterable[Step]
    ) -> Iterator[Step]:
        """Leave what is served as it is where an edit made something unusable.

        A slip of the pen in a template, say, stops nobody; that something is gone, or may not be
        referred to any more, was meant and does.
        """
        keep = self._is_held(resource, verdict) and self.is_served(resource)
        for step in steps:
            if not (keep and isinstance(step, StoreSigner | StoreProfile | StoreCredential)):
                yield step

    def _is_held(self, resource: AnyResource, verdict: Verdict) -> bool:
        if verdict.ready:
            return False
        standing = above(self.objects, ObjectId.of(resource))
        return verdict.reason is Reason.INVALID_SPEC or any(map(self._is_unusable, standing))

    def _is_unusable(self, which: ObjectId) -> bool:
        if which.kind is not Kind.AUTHORITY or (record := self.objects.record(which)) is None:
            return False
        try:
            record.resource()
        except InvalidResource:
            return True
        return False

    def _unusable(self, scope: Scope, now: datetime) -> Iterator[Look]:
        """Tell in the status of an object that can't be used why; all of it stays as it was."""
        for which in scope.planned & scope.unusable.keys():
            record = self.objects.record(which)
            if record is None:
                continue
            fault = f"the object can't be used: {scope.unusable[which]}"
            verdict = Verdict(False, Reason.INVALID_SPEC, fault, stalled=True)
            try:
                resource = record.broken()
            except InvalidResource as invalid:
                _log.warning("%s is left alone, and can't be told why: %s", which, invalid)
                continue
            yield Look(resource, (_told(resource, resource.status, verdict, scope, now),))

    def _within_reach(
        self, look: Look, scope: Scope, unreachable: Set[ObjectKey], now: datetime
    ) -> Look:
        """Return a look as it is; of an object whose Secret can't be reached, only who is to act.

        What is served of it stays as it was.
        """
        record = self.objects.record(look.id)
        if record is None or record.secret is None or record.secret not in unreachable:
            return look
        verdict = Verdict(
            False,
            Reason.SECRET_NOT_REACHABLE,
            f"the operator's roles don't let it use Secret {record.secret}: have namespace "
            f"{record.secret.namespace} added to those that it may",
            stalled=True,
        )
        status = look.resource.status
        told = _told(look.resource, status, verdict, scope, now)
        return Look(look.resource, (told,), waiting=verdict.message)


def _told(
    resource: AnyResource, status: Status, verdict: Verdict, scope: Scope, now: datetime
) -> StoreStatus:
    """Return the status of an object with another verdict; all else that it tells stays."""
    update = {
        "observed_generation": resource.metadata.generation,
        "conditions": scope.issuing.observation(resource, now).conditions(verdict),
    }
    return StoreStatus(ObjectId.of(resource), status.model_copy(update=update))


def _next(moments: Iterable[datetime], now: datetime) -> datetime | None:
    return min((each for each in moments if each > now), default=None)
