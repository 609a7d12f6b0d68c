"""A balancer as stands before pods: each request to the next server, none of them twice."""

import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

from tests.cluster.replicas.harness import background, forwarding
from tests.cluster.replicas.harness.background import Identity
from tests.end_to_end.harness import ports


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, the server it went to, and what came back.

    Args:
        backend: URL of the server.
        status: 502 when there was no answer.
        problem: the type of a problem document, without the prefix that all have.
    """

    backend: str
    method: str
    path: str
    status: int
    problem: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """A request that a server has not answered yet."""

    backend: str
    method: str
    path: str


Watcher = Callable[[Exchange], None]
"""Is told of an answer before the client gets it."""


@dataclass(slots=True)
class Balancer:
    """Sends requests to servers in turn. Its methods may be called from any thread.

    Args:
        exchanges: Everything that was answered, in that order.
        under_way: What is not answered yet.
        cuts: Ends the client's connection too when a server ended its own without an answer, as
            what balances connections does; answers 502 otherwise, as what balances requests does.
    """

    port: int
    exchanges: list[Exchange] = field(default_factory=list)
    under_way: list[Sent] = field(default_factory=list)
    cuts: bool = False
    _backends: list[str] = field(default_factory=list)
    _turn: int = 0
    _watchers: list[Watcher] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Scheme and authority of what clients are told."""
        return f"https://localhost:{self.port}"

    def add(self, backend: str) -> None:
        """Send requests to a server too, by the scheme and authority of its URLs."""
        with self._lock:
            self._backends.append(backend)

    def drop(self, backend: str) -> None:
        """Send nothing more to a server; what it was sent already goes on."""
        with self._lock:
            self._backends.remove(backend)

    @contextmanager
    def watched(self, watcher: Watcher) -> Iterator[None]:
        """Tell somebody of every answer until the end of the block."""
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)

    @property
    def problems(self) -> Counter[str]:
        """How often each type of problem was answered."""
        return Counter(each.problem for each in tuple(self.exchanges) if each.problem)

    @property
    def served(self) -> Counter[str]:
        """How many requests each server answered."""
        return Counter(each.backend for each in tuple(self.exchanges) if each.status != 502)

    def next(self) -> str | None:
        """Return the server whose turn it is."""
        with self._lock:
            if not self._backends:
                return None
            self._turn += 1
            return self._backends[self._turn % len(self._backends)]

    def tell(self, exchange: Exchange) -> None:
        """Note an exchange."""
        with self._lock:
            self.exchanges.append(exchange)
        for watcher in tuple(self._watchers):
            watcher(exchange)


@contextmanager
def running(identity: Identity, backends: Sequence[str] = ()) -> Iterator[Balancer]:
    """Balance until the end of the block, on a port of its own; servers have the same root."""
    balancer = Balancer(ports.free(), _backends=list(backends))

    @asynccontextmanager
    async def made() -> AsyncIterator[web.Application]:
        # A connection a request: a server that closes an idle one can't be met halfway.
        async with forwarding.session(identity.trusting(), 60, force_close=True) as session:
            application = web.Application(client_max_size=2**24)
            application.router.add_route("*", "/{path:.*}", _Handler(balancer, session).answer)
            yield application

    with background.serving(made, balancer.port, identity):
        yield balancer


@dataclass(frozen=True, slots=True)
class _Handler:
    balancer: Balancer
    session: aiohttp.ClientSession

    async def answer(self, request: web.Request) -> web.Response:
        backend = self.balancer.next()
        if backend is None:
            return web.Response(status=503, text="no server is there")
        body = await request.read()
        sent = Sent(backend, request.method, request.path)
        self.balancer.under_way.append(sent)
        try:
            response, problem = await self._sent(backend, request, body)
        except aiohttp.ClientError as error:
            if self.balancer.cuts and request.transport is not None:
                request.transport.abort()
            response, problem = web.Response(status=502, text=f"{backend}: {error!r}"), ""
        finally:
            self.balancer.under_way.remove(sent)
        self.balancer.tell(
            Exchange(backend, request.method, request.path, response.status, problem)
        )
        return response

    async def _sent(
        self, backend: str, request: web.Request, body: bytes
    ) -> tuple[web.Response, str]:
        async with self.session.request(
            request.method,
            URL(backend + request.raw_path, encoded=True),
            headers=forwarding.passed(request.headers),
            data=body or None,
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
            headers = forwarding.passed(answer.headers)
            problem = ""
            if answer.content_type == "application/problem+json":
                problem = (await answer.json(content_type=None))["type"].rpartition(":")[2]
            return web.Response(status=answer.status, headers=headers, body=content), problem
