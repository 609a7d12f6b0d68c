from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acme_server.validation.schedule import attempts, next_attempt
from tests.unit.validation.fakes import NOW

MINUTE = timedelta(seconds=60)


def seconds(retry_for: float) -> list[float]:
    times = attempts(NOW, timedelta(seconds=retry_for))
    return [(time - NOW).total_seconds() for time in times]


@pytest.mark.parametrize(
    ("retry_for", "expected"),
    [
        (0, [0]),
        (0.5, [0, 0.5]),
        (5, [0, 1, 2, 4, 5]),
        (60, [0, 1, 2, 4, 8, 15, 25, 40, 60]),
        (130, [0, 1, 2, 4, 8, 15, 25, 40, 60, 90, 120, 130]),
    ],
)
def test_attempts_come_fast_first_and_last_when_the_time_is_over(
    retry_for: float, expected: list[float]
) -> None:
    assert seconds(retry_for) == expected


@pytest.mark.parametrize(
    ("after", "following"),
    [(-5, 0), (0, 1), (0.2, 1), (1, 2), (3.9, 4), (10.5, 15), (59.9, 60), (60, None), (3600, None)],
)
def test_the_next_attempt_follows_from_the_start_and_the_time(
    after: float, following: float | None
) -> None:
    expected = None if following is None else NOW + timedelta(seconds=following)
    assert next_attempt(NOW, NOW + timedelta(seconds=after), MINUTE) == expected


@given(st.timedeltas(timedelta(), timedelta(hours=1)), st.timedeltas(-MINUTE, timedelta(hours=2)))
def test_the_next_attempt_is_later_and_within_the_time(
    retry_for: timedelta, after: timedelta
) -> None:
    following = next_attempt(NOW, NOW + after, retry_for)
    if following is None:
        assert after >= retry_for
    else:
        assert NOW + after < following <= NOW + retry_for
