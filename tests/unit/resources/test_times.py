"""Times are RFC 3339, aware, and in UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from certwright.resources.times import Time, TimeError, format_time, parse_time

_TIME = TypeAdapter(Time)


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-01T00:00:00Z",
        "2027-01-01t00:00:00z",
        "2027-01-01T02:00:00+02:00",
        "2027-01-01T00:00:00.000000000Z",
    ],
)
def test_an_rfc_3339_time_is_read_in_utc(text: str) -> None:
    assert parse_time(text) == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-01",
        "2027-01-01T00:00:00",
        "2027-01-01 00:00:00Z",
        "2027-02-30T00:00:00Z",
        "0999-12-31T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2027-01-01T24:00:00Z",
        "2027-01-01T23:59:60Z",
        "2027-01-01T00:00:00,5Z",
        "2027-01-01T00:00:00.1234567891Z",
        "2027-01-01T00:00:00+24:00",
        "٢027-01-01T00:00:00Z",
        "soon",
    ],
)
def test_another_text_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(TimeError, match="RFC 3339"):
        parse_time(text)


def test_a_time_beyond_the_year_9999_is_that_year_s_end() -> None:
    assert parse_time("9999-12-31T23:59:59Z") == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert parse_time("9999-12-31T23:59:59-01:00") == datetime.max.replace(tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001
def test_what_is_written_is_read_back(moment: datetime) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(hours=2)))
    assert parse_time(format_time(aware)) == aware
    assert _TIME.validate_json(_TIME.dump_json(aware)) == aware


@pytest.mark.parametrize("value", [0, None, datetime(2027, 1, 1)])  # noqa: DTZ001
def test_a_field_takes_an_aware_time_or_its_text_only(value: object) -> None:
    with pytest.raises(ValidationError):
        _TIME.validate_python(value)
    assert _TIME.validate_python(datetime(2027, 1, 1, tzinfo=UTC)) == parse_time(
        "2027-01-01T00:00:00Z"
    )
