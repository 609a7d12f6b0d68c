"""From findings of policy to the problem document that tells them all."""

from collections.abc import Iterable, Sequence

from acme_server.domain.challenges import ChallengeType, offered
from acme_server.domain.problems import ACMEError, ErrorType, Problem, combined
from certwright.policy.account import AccountPolicy
from certwright.policy.decisions import decide_identifiers
from certwright.policy.findings import Finding
from certwright.policy.identifiers import Identifier


def refused_by_policy(kind: ErrorType, findings: Iterable[Finding]) -> ACMEError:
    """Return the error that tells every finding, in subproblems if there are several."""
    return combined(
        kind, (Problem(kind, each.message, identifier=each.identifier) for each in findings)
    )


def require_allowed(policy: AccountPolicy, identifiers: Sequence[Identifier]) -> None:
    """Refuse names that policy does not allow."""
    findings = decide_identifiers(policy, identifiers)
    if findings:
        raise refused_by_policy(ErrorType.REJECTED_IDENTIFIER, findings)


def require_provable(
    policy: AccountPolicy, enabled: tuple[ChallengeType, ...], identifiers: Sequence[Identifier]
) -> None:
    """Refuse names that none of the `enabled` challenges can prove, where proof is needed."""
    if not policy.validation_required:
        return
    kind = ErrorType.REJECTED_IDENTIFIER
    listed = ", ".join(enabled)
    problems = [
        Problem(
            kind,
            f"{each} can't be validated by {listed}, all that this profile offers",
            identifier=each,
        )
        for each in identifiers
        if not offered(enabled, each)
    ]
    if problems:
        raise combined(kind, problems)
