"""Turns: how many attempts are under way at once, and that no account takes them all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

#: Attempts under way at once in this process; others wait for their turn.
ALL: Final = 200

#: Attempts of one account under way at once: targets that answer slowly hold up their own account.
OF_ONE_ACCOUNT: Final = 20


class Turns:
    """Turns to make an attempt."""

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(ALL)
        # An account's entry is there as long as somebody waits for or has one of its turns.
        self._accounts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, account: str) -> AsyncIterator[None]:
        """Wait for a turn of an account, and have it until the end of the block."""
        own = self._accounts.get(account) or asyncio.Semaphore(OF_ONE_ACCOUNT)
        self._accounts[account] = own
        async with own, self._all:
            yield
