"""Randomness that a test can repeat."""

from random import Random


class FakeRandomness:
    """A `Randomness` that gives the same bytes for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(seed)

    def token(self, length: int) -> bytes:
        """Return the next `length` bytes of the sequence."""
        return self._random.randbytes(length)
