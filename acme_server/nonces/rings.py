"""The two rings of an incarnation, and the numbers that nonces carry for their counters."""

from dataclasses import dataclass
from typing import Self

from acme_server.nonces.ring import Ring

#: A number's highest bit names the ring of its counter.
_AUTHENTICATED = 1 << 63


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """What an incarnation has issued, and which of it was used."""

    #: For newNonce, which anybody may ask for as often as he likes.
    anonymous: Ring
    #: For answers to verified requests, which that flood must not expire.
    authenticated: Ring

    @classmethod
    def begin(cls, size: int) -> Self:
        """Return two rings of `size` counters each, none of them issued."""
        return cls(Ring(size), Ring(size))

    def issue(self, *, authenticated: bool) -> int:
        """Return the number of a fresh counter."""
        if authenticated:
            return self.authenticated.issue() | _AUTHENTICATED
        return self.anonymous.issue()

    def use(self, number: int) -> bool:
        """Use a number up; return whether it was outstanding."""
        ring = self.authenticated if number & _AUTHENTICATED else self.anonymous
        return ring.use(number & ~_AUTHENTICATED)

    def reserve(self, count: int) -> "Reserved":
        """Issue the next `count` counters of each ring at once, a multiple of 8, to give out later.

        What they overtake expires as if they had been given out one by one.
        """
        return Reserved(self.anonymous.reserve(count), self.authenticated.reserve(count))


@dataclass(slots=True)
class Reserved:
    """Counters that are outstanding already, in rings that may be somebody else's by now.

    When they are used up it goes on counting: nobody accepts those, but no nonce is issued twice.
    """

    _anonymous: int
    _authenticated: int

    def issue(self, *, authenticated: bool) -> int:
        """Return the number of a fresh counter."""
        if authenticated:
            self._authenticated += 1
            return (self._authenticated - 1) | _AUTHENTICATED
        self._anonymous += 1
        return self._anonymous - 1
