"""Plans for CertificateTemplate: nothing comes of one but whether it can be used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from certwright.policy.account import AccountPolicy
from certwright.policy.template import TemplatePolicy, resolve
from certwright.reconcile.steps import Step, StoreStatus
from certwright.reconcile.verdicts import Reason, Verdict
from certwright.reconcile.world import ObjectId, World
from certwright.resources.metadata import ObjectKey
from certwright.resources.status import TemplateStatus
from certwright.resources.template import CertificateTemplate


@dataclass(frozen=True, slots=True)
class TemplatePlan:
    """What should exist for one template.

    Args:
        template: The object.
        verdict: How it stands.
        policy: What it says, with its preset filled in; None if it can't be used.
        status: What its status should say.
    """

    template: CertificateTemplate
    verdict: Verdict
    policy: TemplatePolicy | None
    status: TemplateStatus

    @property
    def steps(self) -> Iterator[Step]:
        """What to write: the status."""
        yield StoreStatus(ObjectId.of(self.template), self.status)


def plan_templates(world: World, now: datetime) -> Mapping[ObjectKey, TemplatePlan]:
    """Plan all templates."""
    return {key: _plan(world, template, now) for key, template in world.resources.templates.items()}


def _plan(world: World, template: CertificateTemplate, now: datetime) -> TemplatePlan:
    policy: TemplatePolicy | None = None
    try:
        resolved = resolve(template.spec, f"template {template.key}")
        AccountPolicy.of(resolved)
    except ValueError as invalid:
        verdict = Verdict(False, Reason.INVALID_SPEC, str(invalid), stalled=True)
    else:
        policy, verdict = resolved, Verdict(True, Reason.VALID, "profiles may refer to it")
    status = TemplateStatus(
        observed_generation=template.metadata.generation,
        conditions=world.observation(template, now).conditions(verdict),
    )
    return TemplatePlan(template, verdict, policy, status)
