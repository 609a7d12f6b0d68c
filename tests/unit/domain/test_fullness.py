"""How full a store is."""

import pytest

from acme_server.domain.fullness import Fullness, fullness


@pytest.mark.parametrize(
    ("stored", "cap", "expected"),
    [
        (0, 50_000, Fullness.ROOM),
        (39_999, 50_000, Fullness.ROOM),
        (40_000, 50_000, Fullness.NEARLY),
        (49_999, 50_000, Fullness.NEARLY),
        (50_000, 50_000, Fullness.FULL),
        (60_000, 50_000, Fullness.FULL),
        (0, 0, Fullness.FULL),
    ],
)
def test_four_fifths_are_nearly_full_and_the_cap_is_full(
    stored: int, cap: int, expected: Fullness
) -> None:
    assert fullness(stored, cap) is expected
