"""Durations are read and written as Go reads and writes them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from certwright.resources.durations import (
    LONGEST,
    Duration,
    DurationError,
    format_duration,
    parse_duration,
)

_DURATION = TypeAdapter(Duration)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0", timedelta()),
        ("0s", timedelta()),
        ("90m", timedelta(hours=1, minutes=30)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("1.5h", timedelta(hours=1, minutes=30)),
        (".5h", timedelta(minutes=30)),
        ("1.h", timedelta(hours=1)),
        ("8760h0m0s", timedelta(days=365)),
        ("1ms", timedelta(milliseconds=1)),
        ("1us", timedelta(microseconds=1)),
        ("1µs", timedelta(microseconds=1)),
        ("1μs", timedelta(microseconds=1)),
        ("0.000001s", timedelta(microseconds=1)),
        (".000001h", timedelta(microseconds=3600)),
        ("2562047h", timedelta(hours=2562047)),
    ],
)
def test_a_go_duration_is_read(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Go duration"),
        ("90", "Go duration"),
        ("h", "Go duration"),
        ("1h 30m", "Go duration"),
        ("1H", "Go duration"),
        ("-1h", "Go duration"),
        ("+1h", "Go duration"),
        ("1h30", "Go duration"),
        ("30d", "write 720h"),
        ("1.5d", "write 36h"),
        ("1000ns", "whole microseconds"),
        ("1.5ms", "whole microseconds"),
        ("1.0us", "whole microseconds"),
        ("0.0000001s", "at most 6 digits"),
        ("2562048h", "at most 2562047h47m16s854775us"),
        ("1h" * 33, "at most 64 characters"),
    ],
)
def test_what_is_no_duration_is_refused_with_what_is_allowed(text: str, reason: str) -> None:
    with pytest.raises(DurationError, match=reason):
        parse_duration(text)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(), "0s"),
        (timedelta(days=1), "24h"),
        (timedelta(hours=1, minutes=30, seconds=5), "1h30m5s"),
        (timedelta(microseconds=1_500_000), "1s500000us"),
    ],
)
def test_a_duration_is_written_without_empty_parts(duration: timedelta, text: str) -> None:
    assert format_duration(duration) == text


@given(st.timedeltas(min_value=timedelta(), max_value=LONGEST))
def test_what_is_written_is_read_back(duration: timedelta) -> None:
    assert _DURATION.validate_json(_DURATION.dump_json(duration)) == duration


@given(st.text("0123456789.hmsnuµd+- ", max_size=12))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        duration = parse_duration(text)
    except DurationError:
        return
    assert timedelta() <= duration <= LONGEST


@pytest.mark.parametrize("value", [5, None, 1.5, timedelta(seconds=-1), LONGEST + timedelta(1)])
def test_a_field_takes_a_duration_or_its_text_only(value: object) -> None:
    with pytest.raises(ValidationError):
        _DURATION.validate_python(value)
    assert _DURATION.validate_python(timedelta(hours=1)) == timedelta(hours=1)
