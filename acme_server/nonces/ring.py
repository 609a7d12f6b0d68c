"""Which counters are outstanding: issued, not used, and not yet overtaken by later ones."""

from typing import Self

#: Counters in a ring, unless somebody says otherwise: 8.4 million nonces outstanding, in 1 MiB.
RING_SIZE = 8 * 1024 * 1024

_BITS = 8


class Ring:
    """Counters from 0 up, the last `size` of which can be used once each.

    One bit a counter says that it was used; a counter takes over the bit of the one `size` before
    it, which thereby expires. Time plays no part, so neither do clocks.
    """

    def __init__(self, size: int) -> None:
        """Make a ring of `size` counters, a positive multiple of 8: `size` / 8 bytes."""
        if size < _BITS or size % _BITS:
            raise ValueError(f"a ring has a positive multiple of {_BITS} counters, not {size}")
        self.size = size
        #: The counter that is issued next.
        self.next = 0
        self._used = bytearray(size // _BITS)

    def issue(self) -> int:
        """Return the next counter, usable once."""
        counter = self.next
        self.next += 1
        byte, bit = self._place(counter)
        self._used[byte] &= ~bit
        return counter

    def reserve(self, count: int) -> int:
        """Issue the next `count` counters at once and return the first, each usable once.

        `count` is a multiple of 8 from 0 to the ring's size.
        """
        if count % _BITS or not 0 <= count <= self.size:
            raise ValueError(f"can't reserve {count} counters of {self.size}")
        first = self.next
        # Up to a whole byte one by one, the bytes between at once, and so to the end.
        while self.next % _BITS and self.next < first + count:
            self.issue()
        self._clear((first + count - self.next) // _BITS)
        while self.next < first + count:
            self.issue()
        return first

    def use(self, counter: int) -> bool:
        """Use a counter up and return True, unless it was never issued, was used or has expired."""
        if not max(0, self.next - self.size) <= counter < self.next:
            return False
        byte, bit = self._place(counter)
        fresh = not self._used[byte] & bit
        self._used[byte] |= bit
        return fresh

    def used(self) -> bytes:
        """Return the bitmap as far as it was ever needed, for `restore`."""
        return bytes(self._used[: -(-self.next // _BITS)])

    @classmethod
    def restore(cls, size: int, following: int, used: bytes) -> Self:
        """Make a ring of what `size`, `next` and `used()` of another one were.

        Raises ValueError for values that no ring has.
        """
        ring = cls(size)
        needed = min(size // _BITS, -(-following // _BITS))
        if following < 0 or len(used) != needed:
            raise ValueError(f"a ring's bitmap has {needed} bytes here, not {len(used)}")
        ring.next = following
        ring._used[: len(used)] = used
        return ring

    def _clear(self, count: int) -> None:
        """Issue all counters of `count` bytes, at most a ring of them."""
        start = self.next % self.size // _BITS
        end = min(start + count, len(self._used))
        self._used[start:end] = bytes(end - start)
        wrapped = count - (end - start)
        self._used[:wrapped] = bytes(wrapped)
        self.next += count * _BITS

    def _place(self, counter: int) -> tuple[int, int]:
        """Return the byte of a counter and the bit in it."""
        byte, bit = divmod(counter % self.size, _BITS)
        return byte, 1 << bit
