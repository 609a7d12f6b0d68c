from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.policy.lifetime import (
    DEFAULT_DURATION,
    FARTHEST_START,
    LifetimeLimits,
    LifetimeRefused,
    Validity,
    decide_validity,
)

NOW = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BACKDATE = timedelta(minutes=5)
LIMITS = LifetimeLimits(
    signer=Validity(NOW - 100 * DAY, NOW + 1000 * DAY),
    maximum=365 * DAY,
    backdate=BACKDATE,
    origin="template pki/web",
)


@pytest.mark.parametrize(
    ("default", "maximum", "left", "expected"),
    [
        pytest.param(None, 365 * DAY, 1000 * DAY, DEFAULT_DURATION, id="90 days"),
        pytest.param(None, 10 * DAY, 1000 * DAY, 10 * DAY, id="90 days, cut to the maximum"),
        pytest.param(47 * DAY, 365 * DAY, 1000 * DAY, 47 * DAY, id="the profile's"),
        pytest.param(47 * DAY, 10 * DAY, 1000 * DAY, 10 * DAY, id="the profile's, cut"),
        pytest.param(47 * DAY, None, 1000 * DAY, 47 * DAY, id="no maximum"),
        pytest.param(47 * DAY, 365 * DAY, 20 * DAY, 20 * DAY, id="cut to the chain's"),
    ],
)
def test_without_notafter_the_default_is_shortened_to_what_is_allowed(
    default: timedelta | None, maximum: timedelta | None, left: timedelta, expected: timedelta
) -> None:
    signer = Validity(NOW - DAY, NOW + left)
    limits = replace(LIMITS, default=default, maximum=maximum, signer=signer)
    assert decide_validity(limits, NOW) == Validity(NOW - BACKDATE, NOW + expected)


def test_backdating_stops_where_the_issuer_begins() -> None:
    signer = Validity(NOW - timedelta(minutes=1), NOW + 1000 * DAY)
    decided = decide_validity(replace(LIMITS, signer=signer), NOW)
    assert decided.not_before == signer.not_before


def test_what_is_asked_for_is_honoured_to_the_second() -> None:
    asked = Validity(NOW - BACKDATE, NOW + 365 * DAY)
    assert decide_validity(LIMITS, NOW, asked.not_before, asked.not_after) == asked


def test_a_start_alone_moves_the_default() -> None:
    start = NOW + HOUR
    decided = decide_validity(LIMITS, NOW, start)
    assert decided == Validity(start, start + DEFAULT_DURATION)


def test_x509_has_whole_seconds() -> None:
    fraction = timedelta(microseconds=999_999)
    decided = decide_validity(LIMITS, NOW + fraction, NOW + fraction, NOW + DAY + fraction)
    assert decided == Validity(NOW, NOW + DAY)


@pytest.mark.parametrize(
    ("start", "end", "limit"),
    [
        pytest.param(
            None,
            NOW + 365 * DAY + timedelta(seconds=1),
            "after 2027-06-01T12:00:00Z, the most that maxDuration 8760h of template pki/web",
            id="longer than the maximum",
        ),
        pytest.param(
            NOW + HOUR,
            NOW + HOUR + 365 * DAY + timedelta(seconds=1),
            "after 2027-06-01T13:00:00Z, the most that maxDuration",
            id="longer than the maximum from notBefore",
        ),
        pytest.param(
            None, NOW + 1001 * DAY, "2029-02-25T12:00:00Z, the earliest expiry", id="past the chain"
        ),
        pytest.param(None, NOW, "not after 2026-06-01T12:00:00Z, now", id="now"),
        pytest.param(None, NOW - DAY, "not after 2026-06-01T12:00:00Z, now", id="in the past"),
        pytest.param(
            NOW + HOUR, NOW + HOUR, "13:00:00Z, the notBefore asked for", id="no duration"
        ),
        pytest.param(
            NOW - BACKDATE - timedelta(seconds=1),
            None,
            "before 2026-06-01T11:55:00Z, 5m before now, the earliest possible",
            id="starts before the backdate",
        ),
        pytest.param(
            NOW + FARTHEST_START + timedelta(seconds=1),
            None,
            "after 2026-06-02T12:00:00Z, 24h from now, the latest possible",
            id="starts too far off",
        ),
    ],
)
def test_what_cannot_be_honoured_is_refused_with_the_limit_named(
    start: datetime | None, end: datetime | None, limit: str
) -> None:
    limits = replace(LIMITS, maximum=365 * DAY)
    with pytest.raises(LifetimeRefused) as refused:
        decide_validity(limits, NOW, start, end)
    assert any(limit in finding.message for finding in refused.value.findings)
    assert limit in str(refused.value)


def test_a_start_before_the_issuers_or_after_its_end_is_refused() -> None:
    signer = Validity(NOW - timedelta(minutes=1), NOW + HOUR)
    limits = replace(LIMITS, signer=signer)
    with pytest.raises(LifetimeRefused, match="when the authority's certificate begins"):
        decide_validity(limits, NOW, NOW - timedelta(minutes=2))
    with pytest.raises(LifetimeRefused, match=r"not before .*, the earliest expiry"):
        decide_validity(limits, NOW, NOW + HOUR)


def test_all_that_cannot_be_honoured_is_told_together() -> None:
    with pytest.raises(LifetimeRefused) as refused:
        decide_validity(LIMITS, NOW, NOW - DAY, NOW + 2000 * DAY)
    assert [finding.rule for finding in refused.value.findings] == [
        "order: notBefore",
        "order: notAfter",
        "order: notAfter",
    ]


@pytest.mark.parametrize(
    ("signer", "said"),
    [
        (Validity(NOW + HOUR, NOW + DAY), "good only from 2026-06-01T13:00:00Z"),
        (Validity(NOW - DAY, NOW), "expired at 2026-06-01T12:00:00Z"),
    ],
)
def test_an_authority_out_of_its_time_issues_nothing(signer: Validity, said: str) -> None:
    with pytest.raises(LifetimeRefused, match=said):
        decide_validity(replace(LIMITS, signer=signer), NOW)


moments = st.integers(-400 * 86400, 1200 * 86400).map(lambda s: NOW + timedelta(seconds=s))


@given(st.none() | moments, st.none() | moments, moments, moments)
def test_no_certificate_outlives_its_chain_or_its_template(
    start: datetime | None, end: datetime | None, begins: datetime, expires: datetime
) -> None:
    limits = replace(LIMITS, signer=Validity(begins, expires))
    try:
        decided = decide_validity(limits, NOW, start, end)
    except LifetimeRefused as refused:
        assert refused.findings  # noqa: PT017 - most periods are refused, and all with a reason
        return
    assert begins <= decided.not_before < decided.not_after <= expires
    assert decided.not_after > NOW
    assert decided.not_after - max(NOW, decided.not_before) <= 365 * DAY
    assert start in (None, decided.not_before)
    assert end in (None, decided.not_after)
