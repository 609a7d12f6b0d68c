"""Whether the server should be sent requests, and if not, why."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum
from itertools import islice

#: Seconds that a condition has to answer.
PATIENCE = 2.0

#: Notes that are told at once.
MOST_NOTES = 20

#: Returns why the server isn't ready; None if it is, as far as this condition goes.
Condition = Callable[[], Awaitable[str | None]]

#: Returns what people should know, though the server can be sent requests all the same.
Notes = Callable[[], Iterable[str]]


class Phase(StrEnum):
    """Where a server is in its life."""

    STARTING = "starting: nothing is answered yet"
    SERVING = "serving"
    DRAINING = "draining: requests in flight are answered, and no new ones should come"


class Readiness:
    """The phase of a server, and what else must hold while it serves.

    Args:
        patience: Seconds that a condition has to answer.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self.phase = Phase.STARTING
        #: What a start waits for, and why that isn't there; None when it waits for nothing.
        self.awaited: str | None = None
        self._patience = patience
        self._conditions: dict[str, Condition] = {}
        self._notes: Notes = tuple

    def require(self, name: str, condition: Condition) -> None:
        """Take a condition in, by the name that is told when it doesn't answer in time."""
        self._conditions[name] = condition

    def tell(self, notes: Notes) -> None:
        """Take in who knows what people should know."""
        self._notes = notes

    @property
    def notes(self) -> list[str]:
        """What people should know; the first of it, if it is much."""
        return list(islice(self._notes(), MOST_NOTES))

    async def reasons(self) -> list[str]:
        """Return why the server isn't ready; nothing if it is."""
        if self.phase is Phase.STARTING and self.awaited is not None:
            return [f"starting: waits for {self.awaited}"]
        if self.phase is not Phase.SERVING:
            return [str(self.phase)]
        found = await asyncio.gather(*map(self._asked, self._conditions))
        return [each for each in found if each is not None]

    async def _asked(self, name: str) -> str | None:
        try:
            async with asyncio.timeout(self._patience):
                return await self._conditions[name]()
        except TimeoutError:
            return f"{name}: no answer within {self._patience:g} seconds"
