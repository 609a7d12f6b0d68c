"""The port of its own at which the kubelet and Prometheus ask."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

from aiohttp import web

from certwright_operator.metrics import CONTENT_TYPE, Metrics

Probe = Callable[[], str | None]
"""Returns what is wrong; None if nothing is."""


class PortTaken(Exception):
    """Nobody can be answered at the port that was asked for; the sentence says why."""


@asynccontextmanager
async def serving(
    listen: tuple[str, int], metrics: Metrics, alive: Probe, ready: Probe
) -> AsyncIterator[None]:
    """Answer `/livez`, `/readyz` and `/metrics` for as long as the context lasts.

    Args:
        listen: Host and port.
        metrics: What Prometheus reads.
        alive: Says what only a new start mends.
        ready: Says what is awaited.

    Raises:
        PortTaken: the port can't be had.
    """

    async def expose(_: web.Request) -> web.Response:
        return web.Response(body=metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})

    application = web.Application()
    application.router.add_get("/livez", _answering(alive))
    application.router.add_get("/readyz", _answering(ready))
    application.router.add_get("/metrics", expose)
    runner = web.AppRunner(application, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, *listen).start()
        except OSError as error:
            host, port = listen
            raise PortTaken(f"can't listen at {host}:{port}: {error.strerror or error}") from None
        yield
    finally:
        await runner.cleanup()


def _answering(probe: Probe) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        if (wrong := probe()) is None:
            return web.Response(text="ok\n")
        return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=f"{wrong}\n")

    return answer
