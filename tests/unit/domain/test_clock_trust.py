"""When the wall clock is trusted: each story is a list of looks, and what is thought after each."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acme_server.domain.clock_trust import ClockTrust, Doubt, Look, Tolerance

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOLERANCE = Tolerance(jump=timedelta(seconds=60), settled=timedelta(minutes=10))

MINUTE, HOUR = 60.0, 3600.0

Step = tuple[float, float, Doubt | None]
"""Seconds since the beginning, how far off the wall clock is then, what is thought of it."""


def at(steady: float, off: float = 0) -> Look:
    return Look(NOON + timedelta(seconds=steady + off), 1000.0 + steady)


@pytest.mark.parametrize(
    "story",
    [
        pytest.param([(10, 0, None), (3 * HOUR, 0, None)], id="nothing happens"),
        pytest.param([(10, 59, None), (20, 118, None), (30, 177, None)], id="it is slewed"),
        pytest.param([(10, 61, Doubt.FORWARD)], id="a jump forward"),
        pytest.param([(10, -61, Doubt.BACKWARD)], id="a jump backward"),
        pytest.param(
            [(10, HOUR, Doubt.FORWARD), (20, HOUR, Doubt.FORWARD), (30, 5, None), (40, 5, None)],
            id="set right again",
        ),
        pytest.param(
            [
                (10, HOUR, Doubt.FORWARD),
                (10 + 10 * MINUTE - 1, HOUR, Doubt.FORWARD),
                (10 + 10 * MINUTE, HOUR, None),
                (20 * MINUTE, HOUR, None),
            ],
            id="it was set right by the jump",
        ),
        pytest.param(
            [
                (10, HOUR, Doubt.FORWARD),
                (9 * MINUTE, 2 * HOUR, Doubt.FORWARD),
                (11 * MINUTE, 2 * HOUR, Doubt.FORWARD),
                (19 * MINUTE, 2 * HOUR, None),
            ],
            id="each jump begins the wait anew",
        ),
        pytest.param(
            [
                (10, HOUR, Doubt.FORWARD),
                (20, HOUR - 50, Doubt.FORWARD),
                (30, HOUR - 100, Doubt.FORWARD),
                (11 * MINUTE, HOUR - 100, None),
            ],
            id="a new time that drifts is one time",
        ),
        pytest.param([(10 * HOUR, 30, None)], id="a look comes late"),
    ],
)
def test_a_clock_without_documents(story: list[Step]) -> None:
    tell(ClockTrust.begun(at(0)), story)


@pytest.mark.parametrize(
    ("newest", "story"),
    [
        pytest.param(
            30 * MINUTE,
            [(10, 0, Doubt.BEHIND), (29 * MINUTE + 1, 0, None)],
            id="it starts before what is stored",
        ),
        pytest.param(60, [(0, 0, None)], id="another server's clock is a little ahead"),
        pytest.param(-HOUR, [(0, 0, None)], id="what is stored is old"),
        pytest.param(
            0,
            [
                (10, -HOUR, Doubt.BACKWARD),
                (20 * MINUTE, -HOUR, Doubt.BACKWARD),
                (59 * MINUTE - 1, -HOUR, Doubt.BACKWARD),
                (59 * MINUTE, -HOUR, None),
            ],
            id="set back behind what is stored, until that has passed",
        ),
        pytest.param(
            -2 * HOUR,
            [(10, -HOUR, Doubt.BACKWARD), (10 + 10 * MINUTE, -HOUR, None)],
            id="set back, but not behind what is stored",
        ),
        pytest.param(
            30 * MINUTE,
            [(10, 0, Doubt.BEHIND), (20, HOUR, Doubt.FORWARD), (11 * MINUTE, HOUR, None)],
            id="NTP comes after the server",
        ),
    ],
)
def test_a_clock_beside_documents(newest: float, story: list[Step]) -> None:
    written = NOON + timedelta(seconds=newest)
    tell(ClockTrust.begun(at(0)).stored(written), story)


def tell(known: ClockTrust, story: list[Step]) -> None:
    thought = []
    for steady, off, _ in story:
        known = known.looked(at(steady, off), TOLERANCE)
        thought.append(known.doubt(TOLERANCE))
    assert thought == [expected for _, _, expected in story]


def test_only_the_newest_document_counts() -> None:
    known = ClockTrust.begun(at(0)).stored(NOON).stored(NOON - timedelta(days=1))
    assert known.newest == NOON


@given(
    st.lists(
        st.tuples(
            st.floats(min_value=1, max_value=HOUR), st.floats(min_value=-HOUR, max_value=HOUR)
        ),
        max_size=20,
    )
)
def test_whatever_happened_a_steady_clock_past_all_documents_is_trusted_in_the_end(
    jumps: list[tuple[float, float]],
) -> None:
    known, steady, off = ClockTrust.begun(at(0)).stored(NOON), 0.0, 0.0
    for after, jump in jumps:
        steady, off = steady + after, off + jump
        known = known.looked(at(steady, off), TOLERANCE)
    steady += 30 * HOUR
    known = known.looked(at(steady, off), TOLERANCE)
    assert known.doubt(TOLERANCE) is None
