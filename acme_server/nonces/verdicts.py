"""What a replica says when it is asked to use a nonce up, and how that is written."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The answer of the one who was asked."""

    USED_UP = "used-up"
    """It was outstanding, and from now on it isn't."""

    REJECTED = "rejected"
    """It was never issued, was used before or has expired."""

    UNKNOWN = "unknown"
    """It is none of the nonces that this replica redeems."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Another replica, at `address`, redeems it now."""

    address: str


_MOVED = "moved "


def written(verdict: Verdict | Moved) -> bytes:
    """Return a verdict as bytes."""
    text = _MOVED + verdict.address if isinstance(verdict, Moved) else verdict.value
    return text.encode()


def read(content: bytes) -> Verdict | Moved:
    """Return the verdict of `written`; raise ValueError."""
    text = content.decode()
    if text.startswith(_MOVED):
        return Moved(text.removeprefix(_MOVED))
    return Verdict(text)
