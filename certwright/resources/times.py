"""Points in time as the Kubernetes API writes them: RFC 3339, here always aware and in UTC."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

_TWO_DIGITS = "[0-5][0-9]"
_HOUR = "(?:[01][0-9]|2[0-3])"
PATTERN = (
    "^[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    rf"[Tt]{_HOUR}:{_TWO_DIGITS}:{_TWO_DIGITS}(?:\.[0-9]{{1,9}})?"
    f"(?:[Zz]|[+-]{_HOUR}:{_TWO_DIGITS})$"
)
"""RFC 3339, from the year 1000: the API server's `date-time` alone takes more than that."""

_RFC3339 = re.compile(PATTERN)
_LATEST = datetime.max.replace(tzinfo=UTC)
_ALLOWED = 'an RFC 3339 time with its zone, such as "2027-01-01T00:00:00Z"'


class TimeError(ValueError):
    """A text that is no RFC 3339 time; its message says what is allowed."""


def parse_time(text: str) -> datetime:
    """Return the time that `text` writes, in UTC; digits below a microsecond are dropped.

    What a zone west of Greenwich puts beyond the year 9999 is the end of that year.

    Raises:
        TimeError: not of RFC 3339's form, without a zone, or no date of the calendar.
    """
    if not _RFC3339.fullmatch(text):
        raise TimeError(f"must be {_ALLOWED}")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError:
        return _LATEST
    except ValueError as error:
        raise TimeError(f"must be {_ALLOWED}: {error}") from error


def format_time(moment: datetime) -> str:
    """Return an aware time in RFC 3339, in UTC: `2027-01-01T00:00:00Z`."""
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def _time(value: object) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TimeError("must be a time with its zone")
        return value.astimezone(UTC)
    if not isinstance(value, str):
        raise TimeError(f"must be text: {_ALLOWED}")
    return parse_time(value)


Time = Annotated[
    datetime,
    PlainValidator(_time),
    PlainSerializer(format_time),
    WithJsonSchema({"type": "string", "format": "date-time", "maxLength": 64, "pattern": PATTERN}),
]
"""A field that documents write as RFC 3339 and that is an aware `datetime` in Python."""
