"""When keys of nonces are drawn, and when they go."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from certwright.bundles.nonce_keys import NonceKeysBundle, due_keys

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def first() -> NonceKeysBundle:
    keys = due_keys(None, START, bytes)
    assert keys is not None
    return keys


def test_without_keys_one_is_drawn(first: NonceKeysBundle) -> None:
    assert [key.created for key in first.keys] == [START]


@pytest.mark.parametrize("days", [0, 1, 29.9, -400])
def test_a_key_stays_for_thirty_days(first: NonceKeysBundle, days: float) -> None:
    assert due_keys(first, START + timedelta(days=days), bytes) is None


def test_after_thirty_days_the_next_one_comes_first_and_the_old_is_accepted_for_a_day(
    first: NonceKeysBundle,
) -> None:
    numbers = count(1)
    later = START + timedelta(days=30)
    second = due_keys(first, later, lambda length: bytes([next(numbers)] * length))
    assert second is not None
    assert [key.created for key in second.keys] == [later, START]
    assert due_keys(second, later + timedelta(hours=23), bytes) is None
    alone = due_keys(second, later + timedelta(days=1), bytes)
    assert alone is not None
    assert alone.keys == second.keys[:1]
    assert due_keys(alone, later + timedelta(days=2), bytes) is None


def test_never_more_than_two_are_accepted(first: NonceKeysBundle) -> None:
    numbers = count(1)
    keys = first
    for months in range(1, 5):
        moment = START + timedelta(days=30 * months)
        found = due_keys(keys, moment, lambda length: bytes([next(numbers)] * length))
        assert found is not None
        keys = found
        assert [key.created for key in keys.keys] == [moment, moment - timedelta(days=30)]
