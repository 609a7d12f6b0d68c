"""How long a certificate is good for: what was asked, what is allowed, what the chain can carry."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from certwright.policy.findings import Finding, PolicyRefused
from certwright.resources.durations import format_duration

DEFAULT_DURATION: Final = timedelta(days=90)
"""Validity where neither the order nor the profile says one; the template's maximum bounds it."""

FARTHEST_START: Final = timedelta(days=1)
"""How far in the future a requested notBefore may lie: a certificate is for now."""

_CHAIN: Final = "the earliest expiry in the authority's chain"


class LifetimeRefused(PolicyRefused):
    """A requested notBefore or notAfter can't be honoured (RFC 8555 §7.4); each limit is named."""


@dataclass(frozen=True, slots=True)
class Validity:
    """A certificate's period, whole seconds, aware, in UTC; both ends belong to it."""

    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class LifetimeLimits:
    """What bounds a certificate's lifetime.

    Args:
        signer: The issuer's notBefore and the earliest expiry in its chain.
        maximum: The template's longest duration; None leaves that to the signer.
        default: The profile's duration for orders that ask for none.
        backdate: How far before now a certificate begins whose order asks for no notBefore, for
            clients whose clocks are slow.
        origin: The template, for messages.
    """

    signer: Validity
    maximum: timedelta | None = None
    default: timedelta | None = None
    backdate: timedelta = timedelta(minutes=5)
    origin: str = "the template"


def decide_validity(
    limits: LifetimeLimits,
    now: datetime,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> Validity:
    """Decide a certificate's period.

    What the order asks for is honoured to the second or refused, never bent. What it leaves open is
    the profile's default, shortened to what template and chain allow.

    Args:
        limits: What bounds it.
        now: The time, aware, in UTC.
        not_before: The order's notBefore, if it has one.
        not_after: The order's notAfter, if it has one.

    Raises:
        LifetimeRefused: the period asked for can't be honoured, or the signer can issue no
            certificate now.
    """
    now = _whole(now)
    asked = _Asked(_whole_or_none(not_before), _whole_or_none(not_after))
    LifetimeRefused.raise_for([*_signer_findings(limits, now), *_findings(limits, now, asked)])
    start = asked.not_before or max(now - limits.backdate, limits.signer.not_before)
    # Backdating comes on top: a duration counts from now on.
    end = max(now, start) + _default_duration(limits)
    return Validity(start, asked.not_after or min(end, limits.signer.not_after))


@dataclass(frozen=True, slots=True)
class _Asked:
    not_before: datetime | None
    not_after: datetime | None


def _signer_findings(limits: LifetimeLimits, now: datetime) -> Iterator[Finding]:
    rule, signer = "authority: validity", limits.signer
    if now < signer.not_before:
        said = f"the authority's certificate is good only from {_text(signer.not_before)}"
        yield Finding(rule, _text(now), said)
    if now >= signer.not_after:
        said = f"the authority's chain expired at {_text(signer.not_after)}"
        yield Finding(rule, _text(now), said)


def _findings(limits: LifetimeLimits, now: datetime, asked: _Asked) -> Iterator[Finding]:
    if asked.not_before:
        yield from _start_findings(limits, now, asked.not_before)
    if asked.not_after:
        yield from _end_findings(limits, now, asked.not_before or now, asked.not_after)
    elif asked.not_before and asked.not_before >= limits.signer.not_after:
        yield _finding("notBefore", asked.not_before, "not before", limits.signer.not_after, _CHAIN)


def _start_findings(limits: LifetimeLimits, now: datetime, start: datetime) -> Iterator[Finding]:
    earliest, latest = now - limits.backdate, now + FARTHEST_START
    if start < earliest:
        why = f"{format_duration(limits.backdate)} before now, the earliest possible"
        yield _finding("notBefore", start, "before", earliest, why)
    if start < limits.signer.not_before:
        why = "when the authority's certificate begins"
        yield _finding("notBefore", start, "before", limits.signer.not_before, why)
    if start > latest:
        why = f"{format_duration(FARTHEST_START)} from now, the latest possible"
        yield _finding("notBefore", start, "after", latest, why)


def _end_findings(
    limits: LifetimeLimits, now: datetime, start: datetime, end: datetime
) -> Iterator[Finding]:
    if end <= now:
        yield _finding("notAfter", end, "not after", now, "now")
    if end <= start != now:
        yield _finding("notAfter", end, "not after", start, "the notBefore asked for")
    if end > limits.signer.not_after:
        yield _finding("notAfter", end, "after", limits.signer.not_after, _CHAIN)
    if limits.maximum is not None and end > max(now, start) + limits.maximum:
        latest = max(now, start) + limits.maximum
        why = (
            f"the most that maxDuration {format_duration(limits.maximum)} of {limits.origin} allows"
        )
        yield _finding("notAfter", end, "after", latest, why)


def _default_duration(limits: LifetimeLimits) -> timedelta:
    default = limits.default or DEFAULT_DURATION
    return default if limits.maximum is None else min(default, limits.maximum)


def _finding(field: str, asked: datetime, relation: str, limit: datetime, why: str) -> Finding:
    value = _text(asked)
    said = f"the {field} asked for, {value}, is {relation} {_text(limit)}, {why}"
    return Finding(f"order: {field}", value, said)


def _whole(moment: datetime) -> datetime:
    """Cut a moment to the whole second, the finest that X.509 knows (RFC 5280 §4.1.2.5)."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _whole_or_none(moment: datetime | None) -> datetime | None:
    return None if moment is None else _whole(moment)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
