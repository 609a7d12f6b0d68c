"""Waiting for what comes about by itself, after a while that no test asserts on."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tests.cluster.harness.client import Refused
from tests.cluster.harness.processes import ENOUGH

T = TypeVar("T")

_PAUSE = 0.05


async def eventually(probe: Callable[[], Awaitable[T]], enough: float = ENOUGH) -> T:
    """Return what `probe` returns, once it neither fails an assertion nor is refused.

    After `enough` seconds, what it last raised is raised.
    """
    given_up = time.monotonic() + enough
    while True:
        try:
            return await probe()
        except (AssertionError, Refused):
            if time.monotonic() > given_up:
                raise
        await asyncio.sleep(_PAUSE)
