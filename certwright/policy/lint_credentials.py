"""Warnings about credentials."""

from collections.abc import Iterator
from datetime import datetime

from certwright.policy.lint import LintRule, LintWarning
from certwright.resources.credential import CredentialSpec
from certwright.resources.durations import format_duration
from certwright.resources.times import format_time


def warnings_of_credential(spec: CredentialSpec, now: datetime) -> tuple[LintWarning, ...]:
    """Warn of what is odd in a credential that is valid by itself.

    Args:
        spec: The credential.
        now: Aware.
    """
    eviction = spec.reject_accounts_before_time
    return () if eviction is None else tuple(_of_eviction(spec, eviction, now))


def _of_eviction(spec: CredentialSpec, eviction: datetime, now: datetime) -> Iterator[LintWarning]:
    if eviction > now:
        message = (
            f"{format_time(eviction)} is yet to come: whoever registers until then gets nothing, "
            "neither now nor later"
        )
        yield LintWarning(LintRule.IN_THE_FUTURE, message, "spec.rejectAccountsBeforeTime")
    overlap = spec.rotation.overlap
    if overlap and now < eviction + overlap:
        message = (
            f"for {format_duration(overlap)} after a rotation the secret before goes on binding "
            "accounts, also if it is the one that leaked; overlap: 0s ends it at once"
        )
        yield LintWarning(LintRule.LEAK_GOES_ON, message, "spec.rotation.overlap")
