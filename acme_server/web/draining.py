"""Telling clients that this server is about to go, so that none of them loses a request.

A connection that is closed while it is idle may have the next request under way already. So for a
moment open connections are still served, and each answer asks the client to close its own.
"""

import asyncio
from typing import Final

from aiohttp import web

#: Set once the server is about to go.
DRAINING: Final = web.AppKey("draining", asyncio.Event)

#: Seconds for which connections that stay open are still served.
PERIOD: Final = 1.0

_LOOK_EVERY: Final = 0.02


def mark(request: web.Request, response: web.StreamResponse) -> None:
    """Have an answer close its connection if the server is about to go."""
    if request.app[DRAINING].is_set():
        response.force_close()


async def drain(application: web.Application, server: web.Server, period: float) -> None:
    """Serve open connections until they are all closed, at most for `period` seconds."""
    application[DRAINING].set()
    loop = asyncio.get_running_loop()
    end = loop.time() + period
    while server.connections and loop.time() < end:  # noqa: ASYNC110 - aiohttp has no event for it
        await asyncio.sleep(_LOOK_EVERY)
