"""Validity periods as certificates hold them: whole seconds of UTC (RFC 5280 section 4.1.2.5)."""

from datetime import UTC, datetime

from certwright.pki.errors import PKIError


class InvalidValidity(PKIError):
    """A validity period ends before it begins."""


def period(not_before: datetime, not_after: datetime) -> tuple[datetime, datetime]:
    """Cut both ends of a period to whole seconds, as a certificate will.

    Args:
        not_before: Aware.
        not_after: Aware; the last second of the period.

    Raises:
        InvalidValidity: It ends before it begins.
        ValueError: A moment is naive, which is the caller's fault.
    """
    start, end = _whole_second(not_before), _whole_second(not_after)
    if end < start:
        raise InvalidValidity(
            f"the validity ends at {end.isoformat()}, before it begins at {start.isoformat()}"
        )
    return start, end


def _whole_second(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone says no time")
    return moment.astimezone(UTC).replace(microsecond=0)
