"""What goes on beside serving, and when serving ends."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any


def go_on(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Do something beside serving, until the stack is closed."""
    task = asyncio.create_task(work)
    stack.push_async_callback(_ended, task)
    return task


async def told_or_failed(stop: asyncio.Event, beside: list[asyncio.Task[None]]) -> None:
    """Wait until the server is told to stop, or what runs beside it fails: raise that.

    A server that no longer sees its documents change must not go on as if it did.
    """
    told = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({told, *beside}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    for task in beside:
        if task in done:
            task.result()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
