"""Durations as Go writes them (`90m`, `1h30m`, `8760h`), the form of the Kubernetes API.

Source: Go's `time.ParseDuration` and `Duration.String`; a signed duration is no duration here.
"""

import re
from datetime import timedelta
from fractions import Fraction
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

_MICROSECONDS = {
    "ns": Fraction(1, 1000),
    "us": Fraction(1),
    "µs": Fraction(1),  # U+00B5, micro sign
    "μs": Fraction(1),  # U+03BC, Greek letter mu
    "ms": Fraction(1000),
    "s": Fraction(1_000_000),
    "m": Fraction(60_000_000),
    "h": Fraction(3_600_000_000),
}
_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_PART = re.compile(rf"({_NUMBER})([^0-9.]+)")
_LONGEST_TEXT = 64

PATTERN = r"^(?:0|(?:(?:[0-9]+(?:\.[0-9]{0,6})?|\.[0-9]{1,6})(?:h|m|s)|[0-9]+(?:ms|us|µs|μs))+)$"
"""Whole microseconds, in every unit: a `timedelta` keeps nothing finer."""

_WHOLE = re.compile(PATTERN)

LONGEST = timedelta(microseconds=(2**63 - 1) // 1000)
"""What Go's int64 of nanoseconds holds: about 292 years, 2562047h."""

_ALLOWED = "a Go duration such as 90m, 1h30m or 8760h (units h, m, s, ms, us)"


class DurationError(ValueError):
    """A text that is no duration; its message says what is allowed."""


def parse_duration(text: str) -> timedelta:
    """Return the duration that `text` writes in Go's notation.

    Raises:
        DurationError: not a duration, a negative one, longer than `LONGEST`, or with more digits
            than whole microseconds need.
    """
    if text == "0":
        return timedelta()
    if len(text) > _LONGEST_TEXT:
        raise DurationError(f"a duration has at most {_LONGEST_TEXT} characters")
    microseconds = _microseconds(text)
    if not _WHOLE.fullmatch(text):
        raise DurationError(
            "a duration has whole microseconds: at most 6 digits after the point of h, m and s, "
            "none of ms and us, and no ns"
        )
    if microseconds > LONGEST // timedelta(microseconds=1):
        raise DurationError(f"a duration is at most {format_duration(LONGEST)}")
    return timedelta(microseconds=int(microseconds))


def _microseconds(text: str) -> Fraction:
    total, end = Fraction(), 0
    while part := _PART.match(text, end):
        number, unit = part.groups()
        total += Fraction(number.removesuffix(".")) * _unit(unit, number)
        end = part.end()
    if end == 0 or end != len(text):
        raise DurationError(f"must be {_ALLOWED}")
    return total


def _unit(unit: str, number: str) -> Fraction:
    if unit == "d":
        hours = Fraction(number.removesuffix(".")) * 24
        raise DurationError(f"Go durations have no days: write {float(hours):g}h")
    if unit not in _MICROSECONDS:
        raise DurationError(f"must be {_ALLOWED}")
    return _MICROSECONDS[unit]


def format_duration(duration: timedelta) -> str:
    """Return `duration` (not negative) in Go's notation, without parts that are zero: `1h30m`."""
    seconds, microseconds = divmod(duration // timedelta(microseconds=1), 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"), (microseconds, "us"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        if not timedelta() <= value <= LONGEST:
            raise DurationError(f"must be between 0s and {format_duration(LONGEST)}")
        return value
    if not isinstance(value, str):
        raise DurationError(f"must be text: {_ALLOWED}")
    return parse_duration(value)


Duration = Annotated[
    timedelta,
    PlainValidator(_duration),
    PlainSerializer(format_duration),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "maxLength": _LONGEST_TEXT}),
]
"""A field that documents write as a Go duration and that is a `timedelta` in Python."""
