"""An aiohttp application that serves in a thread of its own, while tests wait for programs."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

_ENOUGH = 30

Application = Callable[[], AbstractAsyncContextManager[web.Application]]
"""Makes an application on the loop that it is served on, and ends what it made."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A server's certificate for loopback and its key, and the root that it leads to, in PEM."""

    certificate: Path
    key: Path
    root: Path

    def context(self) -> ssl.SSLContext:
        """Return a context to serve with."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def trusting(self) -> ssl.SSLContext:
        """Return the context of whoever trusts the root."""
        return ssl.create_default_context(cafile=self.root)


@dataclass(slots=True)
class _Run:
    begun: threading.Event = field(default_factory=threading.Event)
    loop: asyncio.AbstractEventLoop | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)


@contextmanager
def serving(make: Application, port: int, identity: Identity) -> Iterator[None]:
    """Serve on a port of loopback until the end of the block; raise what keeps it from that."""
    run = _Run()
    with ThreadPoolExecutor(1) as threads:
        served = threads.submit(lambda: asyncio.run(_serve(make, port, identity, run)))
        assert run.begun.wait(_ENOUGH)
        try:
            if run.loop is not None:
                yield
        finally:
            if run.loop is not None:
                run.loop.call_soon_threadsafe(run.stop.set)
            served.result()


async def _serve(make: Application, port: int, identity: Identity, run: _Run) -> None:
    try:
        async with _listening(make, port, identity):
            run.loop = asyncio.get_running_loop()
            run.begun.set()
            await run.stop.wait()
    finally:
        run.begun.set()


@asynccontextmanager
async def _listening(make: Application, port: int, identity: Identity) -> AsyncIterator[None]:
    async with make() as application:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=identity.context())
        try:
            await site.start()
            yield
        finally:
            await runner.cleanup()
