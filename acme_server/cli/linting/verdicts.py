"""Why objects wouldn't be ready if a server started with these documents and nothing else.

Planned over an empty data folder with keys that are thrown away: nothing of what a running server
has is looked at.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from acme_server.cli.linting.findings import LintFinding, Severity, about
from certwright.pki import chains, keys, offline
from certwright.pki.authorities import AuthorityContents
from certwright.pki.errors import PKIError
from certwright.reconcile.certification import requested
from certwright.reconcile.plan import Plan
from certwright.reconcile.verdicts import NotReady, Reason, Verdict
from certwright.reconcile.world import ObjectId, World
from certwright.resources.authority import AuthoritySpec
from certwright.resources.folder import LoadedFolder

_SEVERITIES: Final[Mapping[Reason, Severity]] = {
    # Wanted so by whoever wrote it.
    Reason.DISABLED: Severity.NOTICE,
    Reason.SUSPENDED: Severity.NOTICE,
    # A person's turn, once a server runs.
    Reason.CERTIFICATE_AWAITED: Severity.NOTICE,
    Reason.KEY_NOT_PROVIDED: Severity.NOTICE,
    Reason.SECRET_NOT_FOUND: Severity.NOTICE,
    # A consequence: the issuer has a finding of its own.
    Reason.ISSUER_NOT_READY: Severity.NOTICE,
    # Served, and of no use to anybody.
    Reason.ISSUER_NOT_ACTIVE: Severity.WARNING,
    Reason.EXPIRED: Severity.WARNING,
}
"""What weighs less than an error."""

_CONSEQUENCES: Final = frozenset({Reason.ISSUER_NOT_READY, Reason.ISSUER_NOT_ACTIVE})
_ELSEWHERE: Final = frozenset({Reason.REFERENCE_NOT_PERMITTED, Reason.NOT_GRANTED})
"""What another label of the object's namespace may change."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The verdicts of a plan, weighed.

    Args:
        loaded: The folder.
        world: Its objects, as a server would admit them.
        plan: What a server would do with them.
        partial: Whether other documents exist elsewhere.
        now: Aware.
    """

    loaded: LoadedFolder
    world: World
    plan: Plan
    partial: bool
    now: datetime

    def findings(self) -> Iterator[LintFinding]:
        """Yield what keeps objects from being ready."""
        for owner, verdict in self.plan.verdicts.items():
            if verdict.reason is Reason.CERTIFICATE_REFUSED:
                yield self._answered(owner)
            elif not verdict.ready:
                yield self._weighed(owner, verdict)
            if verdict.reason in _CONSEQUENCES:
                yield from self._template_of(owner)

    def _weighed(self, owner: ObjectId, verdict: Verdict) -> LintFinding:
        severity = _SEVERITIES.get(verdict.reason, Severity.ERROR)
        if self.partial and self._may_be_elsewhere(owner, verdict.reason):
            severity = Severity.NOTICE
        return about(self.loaded, owner, (severity, verdict.reason), verdict.message)

    def _may_be_elsewhere(self, owner: ObjectId, reason: Reason) -> bool:
        described = owner.key.namespace in self.world.resources.namespaces
        return reason is Reason.REFERENCE_NOT_FOUND or (reason in _ELSEWHERE and not described)

    def _template_of(self, owner: ObjectId) -> Iterator[LintFinding]:
        """Look for a profile's template: with trouble of the issuer it doesn't give the reason."""
        profile = self.world.resources.profiles.get(owner.key)
        if profile is None or owner != ObjectId.of(profile):
            return
        try:
            self.world.template(profile.spec.template_ref, profile)
        except NotReady as missing:
            yield self._weighed(owner, missing.verdict)

    def _answered(self, owner: ObjectId) -> LintFinding:
        """Check the answer to a signing request but for its key, which only a data folder knows."""
        spec = self.world.resources.authorities[owner.key].spec
        field = "spec.intermediate.certificate"
        refusal = _refusal(spec, self.now)
        if refusal is not None:
            what = Severity.ERROR, Reason.CERTIFICATE_REFUSED
            return about(self.loaded, owner, what, refusal, field)
        message = "is as it should be, if it is for the authority's key: only a server can tell"
        return about(self.loaded, owner, (Severity.NOTICE, "KeyNotChecked"), message, field)


def _refusal(spec: AuthoritySpec, now: datetime) -> str | None:
    """Return why an answer fits no key at all; None if it may fit the authority's."""
    answer = (spec.intermediate and spec.intermediate.certificate) or ""
    try:
        wanted = requested(spec, now)
        candidates = chains.certificates_from_pem(answer)
    except PKIError as unusable:
        return str(unusable)
    refusals = [_refusal_of(each, answer, wanted, now) for each in candidates]
    return None if None in refusals else refusals[0]


def _refusal_of(
    candidate: x509.Certificate, answer: str, wanted: AuthorityContents, now: datetime
) -> str | None:
    try:
        offline.check_answer(answer, keys.as_public_key(candidate.public_key()), wanted, now)
    except PKIError as refused:
        return str(refused)
    return None
