"""Whose nonces a replica redeems, and where those went that it handed over.

Everything that decides whether a nonce is accepted is here, and nothing here waits but for a
hand-over under way. An incarnation is in one state: held, leaving, or gone to a successor. From
leaving it comes back only if it surely never arrived.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from acme_server.nonces.rings import Rings
from acme_server.nonces.seal import Sealed
from acme_server.nonces.verdicts import Moved, Verdict

#: Incarnations that a replica redeems at most: what those handed over that it came after.
MOST_HELD = 16


class Leaving:
    """What became of an incarnation that is being handed over; it comes back unless told."""

    def __init__(self) -> None:
        self.successor: str | None = None
        """Address of the one that may have it; set it before the first byte of it is sent."""


class Holdings:
    """The incarnations that this replica redeems."""

    def __init__(self, identity: bytes, rings: Rings) -> None:
        """Hold this replica's own incarnation."""
        self._held = {identity: rings}
        self._leaving: dict[bytes, asyncio.Event] = {}
        self._gone: dict[bytes, str] = {}

    @property
    def identities(self) -> tuple[bytes, ...]:
        """The incarnations that are redeemed here, this replica's own first."""
        return tuple(self._held)

    async def use(self, nonce: Sealed) -> Verdict | Moved:
        """Use a nonce up whose seal was checked, once it is clear who redeems it."""
        while (leaving := self._leaving.get(nonce.identity)) is not None:
            await leaving.wait()
        rings = self._held.get(nonce.identity)
        if rings is not None:
            return Verdict.USED_UP if rings.use(nonce.number) else Verdict.REJECTED
        successor = self._gone.get(nonce.identity)
        return Verdict.UNKNOWN if successor is None else Moved(successor)

    def adopt(self, identity: bytes, rings: Rings) -> bool:
        """Redeem an incarnation from now on; return False for one that was ever held here."""
        if len(self._held) >= MOST_HELD or any(
            identity in known for known in (self._held, self._leaving, self._gone)
        ):
            return False
        self._held[identity] = rings
        return True

    @contextmanager
    def leaving(self, identity: bytes) -> Iterator[tuple[Rings, Leaving]]:
        """Take an incarnation out while it is handed over; those who ask for it wait."""
        rings = self._held.pop(identity)
        self._leaving[identity] = asyncio.Event()
        leaving = Leaving()
        try:
            yield rings, leaving
        finally:
            if leaving.successor is None:
                self._held[identity] = rings
            else:
                self._gone[identity] = leaving.successor
            self._leaving.pop(identity).set()
