"""Warnings of policy, asked about every object of a folder."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from acme_server.cli.linting.findings import LintFinding, Severity, about
from certwright.policy.lint import LintWarning, warnings_of_authority
from certwright.policy.lint_credentials import warnings_of_credential
from certwright.policy.lint_profiles import warnings_of_profile
from certwright.policy.lint_templates import warnings_of_template
from certwright.reconcile.plan import Plan
from certwright.reconcile.world import ObjectId
from certwright.resources.authority import CertificateAuthority
from certwright.resources.collection import Resources
from certwright.resources.folder import LoadedFolder
from certwright.resources.kinds import AnyResource
from certwright.resources.profile import CertificateProfile
from certwright.resources.references import LocalReference


def warnings(loaded: LoadedFolder, plan: Plan, now: datetime) -> Iterator[LintFinding]:
    """Yield what is valid and can hardly be meant; of templates only what can be used at all."""
    resources = loaded.resources
    for authority in resources.authorities.values():
        yield from _told(loaded, authority, _of_authority(resources, authority))
    for key, template in resources.templates.items():
        if plan.templates[key].policy is not None:
            yield from _told(loaded, template, warnings_of_template(template.spec))
    for profile in resources.profiles.values():
        yield from _told(loaded, profile, _of_profile(resources, plan, profile))
    for credential in resources.credentials.values():
        yield from _told(loaded, credential, warnings_of_credential(credential.spec, now))


def _told(
    loaded: LoadedFolder, resource: AnyResource, found: tuple[LintWarning, ...]
) -> Iterator[LintFinding]:
    for each in found:
        what = Severity.WARNING, each.rule
        yield about(loaded, ObjectId.of(resource), what, each.message, each.field)


def _of_authority(resources: Resources, authority: CertificateAuthority) -> tuple[LintWarning, ...]:
    intermediate = authority.spec.intermediate
    reference = None if intermediate is None else intermediate.authority_ref
    return warnings_of_authority(
        authority.spec.duration, _duration(resources, authority, reference)
    )


def _of_profile(
    resources: Resources, plan: Plan, profile: CertificateProfile
) -> tuple[LintWarning, ...]:
    template = plan.templates.get(profile.spec.template_ref.key(profile.metadata.namespace))
    return warnings_of_profile(
        profile.spec,
        None if template is None else template.policy,
        _duration(resources, profile, profile.spec.issuer.authority_ref),
    )


def _duration(
    resources: Resources, user: AnyResource, reference: LocalReference | None
) -> timedelta | None:
    """Return the duration of the authority that is referred to, None if no document says it."""
    if reference is None:
        return None
    found = resources.authorities.get(reference.key(user.metadata.namespace))
    return None if found is None or found.spec.imported is not None else found.spec.duration
