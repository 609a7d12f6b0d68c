"""How full a store is that can hold only so much."""

from enum import StrEnum


class Fullness(StrEnum):
    """How full."""

    ROOM = "room"
    NEARLY = "nearly full"
    FULL = "full"


#: The part of the cap, in percent, from which on people are warned.
WARN_AT_PERCENT = 80


def fullness(stored: int, cap: int) -> Fullness:
    """Return how full a store is that holds `stored` of at most `cap` certificates."""
    if stored >= cap:
        return Fullness.FULL
    return Fullness.NEARLY if stored * 100 >= cap * WARN_AT_PERCENT else Fullness.ROOM
