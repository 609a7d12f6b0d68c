"""What a Lease says, and what to do about it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright_operator.leading.lease import (
    Act,
    Lease,
    Terms,
    Watched,
    decide,
    given_back,
    held,
)

TERMS = Terms()
NOW = datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC)
MINE = Lease("me", "7", 3, "2026-11-23T11:00:00.000000Z")
THEIRS = Lease("other", "7", 3, "2026-11-23T11:00:00.000000Z")


@pytest.mark.parametrize(
    ("lease", "seconds", "act"),
    [
        pytest.param(None, 0, Act.TAKE, id="there is none"),
        pytest.param(Lease("", "7"), 0, Act.TAKE, id="it was given back"),
        pytest.param(MINE, 0, Act.RENEW, id="mine"),
        pytest.param(MINE, 99, Act.RENEW, id="mine, and overdue"),
        pytest.param(THEIRS, 0, Act.WAIT, id="another's, just seen"),
        pytest.param(THEIRS, 14.9, Act.WAIT, id="another's, nearly run out"),
        pytest.param(THEIRS, 15, Act.TAKE, id="another's, run out"),
    ],
)
def test_what_is_done_about_a_lease(lease: Lease | None, seconds: float, act: Act) -> None:
    assert decide(Watched(lease, 100.0), 100.0 + seconds, "me", TERMS) is act


def test_a_renewal_counts_from_when_it_was_seen() -> None:
    seen = Watched(THEIRS, 100.0)
    assert seen.followed_by(THEIRS, 110.0).since == 100.0
    assert seen.followed_by(Lease("other", "8"), 110.0).since == 110.0


@given(renewals=st.lists(st.floats(0.1, 9.9), max_size=20), pause=st.floats(0, 14))
def test_who_renews_in_time_is_left_alone(renewals: list[float], pause: float) -> None:
    now = 0.0
    watched = Watched(THEIRS, now)
    for number, after in enumerate(renewals):
        now += after
        watched = watched.followed_by(Lease("other", str(number)), now)
        assert decide(watched, now, "me", TERMS) is Act.WAIT
    assert decide(watched, now + pause, "me", TERMS) is Act.WAIT


def test_a_renewal_keeps_when_it_was_acquired() -> None:
    assert held(MINE, "me", NOW, TERMS) == {
        "holderIdentity": "me",
        "leaseDurationSeconds": 15,
        "acquireTime": "2026-11-23T11:00:00.000000Z",
        "renewTime": "2026-11-23T12:00:00.000005Z",
        "leaseTransitions": 3,
    }


def test_a_change_of_hands_is_counted() -> None:
    spec = held(THEIRS, "me", NOW, TERMS)
    assert spec["leaseTransitions"] == 4
    assert spec["acquireTime"] == "2026-11-23T12:00:00.000005Z"
    assert held(None, "me", NOW, TERMS)["leaseTransitions"] == 0


def test_what_was_given_back_is_nobodys() -> None:
    body = {"metadata": {"resourceVersion": "8"}, "spec": given_back(MINE, NOW)}
    assert decide(Watched(Lease.read(body), 0), 0, "other", TERMS) is Act.TAKE


def test_an_odd_lease_is_nobodys() -> None:
    body = {"metadata": {"resourceVersion": "8"}, "spec": {"leaseTransitions": None}}
    assert Lease.read(body) == Lease("", "8")
    assert Lease.read({"metadata": {"resourceVersion": "8"}}) == Lease("", "8")
