"""Warnings: what is valid and yet not what anybody can have meant. Nothing is refused for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from certwright.resources.durations import format_duration


class LintRule(StrEnum):
    """What is warned of."""

    NEVER_MATCHES = "PatternNeverMatches"
    OUTSIDE_TEMPLATE = "GrantOutsideTemplate"
    NO_ORDER = "NoACMEOrder"
    NO_EFFECT = "NoEffect"
    NOTHING_ISSUED = "NothingIssued"
    TOO_LONG = "DurationTooLong"
    NOT_ALLOWED = "DefaultNotAllowed"
    NOT_SUPPLIED = "UsageNotSupplied"
    UNGRANTED_ACCOUNTS = "UngrantedAccounts"
    NOBODY = "NobodyMayBind"
    NOT_PROVABLE = "WildcardsNotProvable"
    IN_THE_FUTURE = "TimeInTheFuture"
    LEAK_GOES_ON = "LeakedSecretGoesOn"


@dataclass(frozen=True, slots=True)
class LintWarning:
    """A warning: which rule, a sentence, and the path of the field, such as `spec.defaults`."""

    rule: LintRule
    message: str
    field: str


def warnings_of_authority(
    duration: timedelta, issuer_duration: timedelta | None
) -> tuple[LintWarning, ...]:
    """Warn of an authority that is to outlive the one that signs it.

    Args:
        duration: The authority's.
        issuer_duration: That of the authority that signs it; None for a root.
    """
    return tuple(too_long("spec.duration", duration, issuer_duration, "the signing authority's"))


def too_long(
    field: str, duration: timedelta | None, longest: timedelta | None, what: str
) -> Iterator[LintWarning]:
    """Warn of a duration that is cut to another: `what` says whose."""
    if duration is not None and longest is not None and duration > longest:
        message = (
            f"{format_duration(duration)} is longer than {what}, {format_duration(longest)}: "
            "certificates will be shortened to it"
        )
        yield LintWarning(LintRule.TOO_LONG, message, field)


def never(message: str, field: str) -> LintWarning:
    """Warn of a pattern that can never match."""
    return LintWarning(LintRule.NEVER_MATCHES, message, field)
