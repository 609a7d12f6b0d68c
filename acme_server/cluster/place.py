"""Where a server keeps its state, and what follows from whether others do so too."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Protocol

from acme_server.assembly.environment import Foundation
from acme_server.cluster.start import Start
from acme_server.ports import Nonces, Store
from acme_server.services.capacity import CertificateCap
from acme_server.services.write_access import WriteAccess


@dataclass(frozen=True, slots=True)
class Taken:
    """A place that a server has taken.

    Args:
        nonces: Those that it issues and redeems.
        works: What goes on beside serving, until cancelled.
        hand_over: Leaves to others what they can have before the last request is answered here.
    """

    nonces: Nonces
    works: tuple[Callable[[], Coroutine[Any, Any, None]], ...]
    hand_over: Callable[[], Awaitable[None]]


class Place(Protocol):
    """The place of one server."""

    @property
    def store(self) -> Store:
        """Where documents are."""
        ...

    @property
    def replica(self) -> str | None:
        """This server's id among others; None where there are none."""
        ...

    @property
    def cap(self) -> CertificateCap | None:
        """The cap on the store's certificates, where it has one."""
        ...

    @property
    def access(self) -> WriteAccess:
        """Whether the server can write there."""
        ...

    async def take(self, stack: AsyncExitStack, start: Start, foundation: Foundation) -> Taken:
        """Take the place, once what it needs is there; `stack` leaves it."""
        ...
