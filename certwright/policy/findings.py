"""Findings: each reason why a decision is no, as a value."""

from collections.abc import Iterable
from dataclasses import dataclass

from certwright.policy.identifiers import Identifier

_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why something is refused.

    Args:
        rule: The rule that refuses, such as `template pki/web-server: allowed.dnsNames`.
        value: What it refuses, as text.
        message: A sentence that names both and says what is allowed. It holds no secret.
        identifier: The identifier of the order that is refused, if it is one.
    """

    rule: str
    value: str
    message: str
    identifier: Identifier | None = None

    def __str__(self) -> str:
        """Return the sentence."""
        return self.message


class PolicyRefused(Exception):
    """Something was decided against; every reason is told."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__("; ".join(finding.message for finding in self.findings))

    @classmethod
    def raise_for(cls, findings: Iterable[Finding]) -> None:
        """Raise with every finding, if there is one."""
        refusal = cls(findings)
        if refusal.findings:
            raise refusal


def listed(values: Iterable[object]) -> str:
    """Return the members of a list for a sentence: some of them, if they are many."""
    found = [str(value) for value in values]
    shown = ", ".join(found[:_SHOWN]) or "nothing"
    return f"{shown} and {len(found) - _SHOWN} more" if len(found) > _SHOWN else shown
