"""Points in time as the Kubernetes API writes them: RFC 3339, here always aware and in UTC."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_ALLOWED = 'an RFC 3339 time with its zone, such as "2027-01-01T00:00:00Z"'


class TimeError(ValueError):
    """A text that is no RFC 3339 time; its message says what is allowed."""


def parse_time(text: str) -> datetime:
    """Return the time that `text` writes, in UTC; digits below a microsecond are dropped.

    Raises:
        TimeError: not of RFC 3339's form, without a zone, or no date of the calendar.
    """
    if not _RFC3339.fullmatch(text):
        raise TimeError(f"must be {_ALLOWED}")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
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
    WithJsonSchema({"type": "string", "format": "date-time", "maxLength": 64}),
]
"""A field that documents write as RFC 3339 and that is an aware `datetime` in Python."""
