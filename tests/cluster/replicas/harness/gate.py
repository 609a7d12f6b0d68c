"""A gate before the API server, at which the answer to one write can be kept back for good."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp
from aiohttp import web
from yarl import URL

from tests.cluster.harness.kubeconfig import Access
from tests.cluster.replicas.harness import background, forwarding
from tests.cluster.replicas.harness.background import Identity
from tests.end_to_end.harness import ports


@dataclass(slots=True)
class Kept:
    """The answer that is kept back: to the first request of a method to a collection.

    Args:
        passing: whether the API server gets to see the request.
        landed: set once the API server has done what was asked, or would have had to.
        released: set it, and the connection ends without the answer.
    """

    method: str
    plural: str
    passing: bool = True
    landed: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def matches(self, request: web.Request) -> bool:
        """Tell whether a request is the one."""
        collection = request.path.rstrip("/").rpartition("/")[2]
        return not self.landed.is_set() and (request.method, collection) == (
            self.method,
            self.plural,
        )


@dataclass(slots=True)
class Gate:
    """Passes everything on to the API server but the answers that are kept back."""

    port: int
    _kept: list[Kept] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where servers find the API server."""
        return f"https://127.0.0.1:{self.port}"

    @contextmanager
    def keeping(self, method: str, plural: str, *, passing: bool = True) -> Iterator[Kept]:
        """Keep one answer back; the wait for it ends with the block at the latest."""
        kept = Kept(method, plural, passing)
        self._kept.append(kept)
        try:
            yield kept
        finally:
            self._kept.remove(kept)
            kept.released.set()

    def kept(self, request: web.Request) -> Kept | None:
        """Return what keeps back the answer to a request, if anything does."""
        return next((each for each in tuple(self._kept) if each.matches(request)), None)


@contextmanager
def running(access: Access, identity: Identity) -> Iterator[Gate]:
    """Stand before an API server until the end of the block; who comes shows a token."""
    gate = Gate(ports.free())

    @asynccontextmanager
    async def made() -> AsyncIterator[web.Application]:
        async with forwarding.session(access.trust(), None) as session:
            application = web.Application(client_max_size=2**24)
            application.router.add_route("*", "/{path:.*}", _Handler(gate, access, session).answer)
            yield application

    with background.serving(made, gate.port, identity):
        yield gate


@dataclass(frozen=True, slots=True)
class _Handler:
    gate: Gate
    access: Access
    session: aiohttp.ClientSession

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        kept = self.gate.kept(request)
        if kept is not None and not kept.passing:
            await _withhold(kept, request)
            return web.Response(status=HTTPStatus.BAD_GATEWAY)
        async with self.session.request(
            request.method,
            URL(self.access.server + request.raw_path, encoded=True),
            headers=forwarding.passed(request.headers),
            data=body or None,
            server_hostname=self.access.server_name,
        ) as answer:
            if kept is not None and answer.status < HTTPStatus.BAD_REQUEST:
                await answer.read()
                await _withhold(kept, request)
            response = web.StreamResponse(
                status=answer.status, headers=forwarding.passed(answer.headers)
            )
            # A watch is an answer without end; either side may end it, dying among others.
            with suppress(ConnectionError, aiohttp.ClientError):
                await response.prepare(request)
                async for part in answer.content.iter_any():
                    await response.write(part)
                await response.write_eof()
            return response


async def _withhold(kept: Kept, request: web.Request) -> None:
    """Say that it landed, wait, and end the connection instead of answering."""
    kept.landed.set()
    await asyncio.to_thread(kept.released.wait, 60)
    if request.transport is not None:
        request.transport.abort()
