"""What a replica asks of membership. Nonces are looked for by it, and orphaned work is found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


class MembershipUnavailable(Exception):
    """Who is there can't be asked, or told, now. What was written may have landed or not."""


@dataclass(frozen=True, slots=True)
class Member:
    """A replica as it told of itself.

    Args:
        id: Its identity, unique among replicas.
        address: Host and port, `10.0.0.7:8444` or `[fd00::7]:8444`, at which other replicas ask it.
        incarnations: Whose nonces it redeems: its own, and those that others handed over to it.
        successor: Identity of the one that it handed its nonces over to, once it is to end.
        created: When its record came up, by the API server's clock (RFC 3339, UTC).
    """

    id: str
    address: str
    incarnations: frozenset[bytes]
    successor: str | None = None
    created: str = ""


class Membership(Protocol):
    """The replicas of one server, and this one's own record among them."""

    @property
    def identity(self) -> str:
        """This replica's own."""
        ...

    def members(self) -> Sequence[Member]:
        """Return the others that are alive, the newest first, as they were last seen."""
        ...

    def alive(self, identity: str) -> bool:
        """Tell whether a replica, perhaps this one, is alive as far as was seen."""
        ...

    async def find(self, incarnation: bytes, *, other_than: str | None = None) -> Member | None:
        """Return a live replica that redeems an incarnation's nonces, or None.

        It is looked for afresh when nobody is known to. Raises `MembershipUnavailable` when that
        isn't possible.

        Args:
            incarnation: The identity in a nonce.
            other_than: A replica that was asked already, to no avail.
        """
        ...

    async def announce(self, incarnations: Iterable[bytes], successor: str | None = None) -> None:
        """Tell all others whose nonces this replica redeems; they can know once this returns.

        Raises `MembershipUnavailable`; it is told again with the next renewal.
        """
        ...

    async def leave(self) -> None:
        """Take this replica's record away for good. What fails is left to expire."""
        ...
