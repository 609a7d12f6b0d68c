"""An aiohttp application that serves in a thread of its own, while tests wait for programs."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
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
    started: threading.Event = field(default_factory=threading.Event)
    failure: BaseException | None = None
    loop: asyncio.AbstractEventLoop | None = None
    stop: asyncio.Event | None = None


@contextmanager
def serving(make: Application, port: int, identity: Identity) -> Iterator[None]:
    """Serve on a port of loopback until the end of the block; raise what keeps it from starting."""
    run = _Run()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(make, port, identity, run)))
    thread.start()
    assert run.started.wait(_ENOUGH)
    if run.failure is not None:
        thread.join()
        raise run.failure
    try:
        yield
    finally:
        assert run.loop is not None
        assert run.stop is not None
        run.loop.call_soon_threadsafe(run.stop.set)
        thread.join()


async def _serve(make: Application, port: int, identity: Identity, run: _Run) -> None:
    run.loop, run.stop = asyncio.get_running_loop(), asyncio.Event()
    try:
        async with _listening(make, port, identity):
            run.started.set()
            await run.stop.wait()
    except OSError as failure:
        run.failure = failure
        run.started.set()


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
