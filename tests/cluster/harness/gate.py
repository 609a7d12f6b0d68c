"""A gate between the operator and the API server, which lets through what a test wants.

It stands where the network is: what it holds back, the operator has sent and hears nothing of, as
if one of both had died. Who asks is told by the token that goes through; the gate has none.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from tests.cluster.harness.kubeconfig import Access

_HOST = "127.0.0.1"
_WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/[^/]+(?:/namespaces/(?P<namespace>[^/]+)(?=/))?"
    r"/(?P<resource>[^/]+)(?:/(?P<name>[^/]+))?(?:/(?P<subresource>[^/]+))?"
)
_OF_ONE_HOP = frozenset({"host", "connection", "content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Write:
    """A write that came to the gate.

    Args:
        resource: `secrets`; with a subresource `eabcredentials/status`.
        namespace: Empty for kinds without.
        name: Empty for a create.
    """

    method: str
    resource: str
    namespace: str
    name: str

    @property
    def is_housekeeping(self) -> bool:
        """Whether it is nothing that an object of ours needs: a Lease or an Event."""
        return self.resource in {"leases", "events"}


Before = Callable[[Write, bytes], Awaitable[None]]
"""Is called with a write and its body before it goes on to the API server."""


async def _nothing(write: Write, body: bytes) -> None:
    """Let a write go on."""


@dataclass(slots=True)
class Gate:
    """The gate; open until a test closes it.

    Args:
        url: Where the operator finds the API server.
        budget: How many writes still pass; None for any number. Leases and Events don't count.
        closed: Set once nothing passes any more.
        before: What happens just before a write; it may be set at any time.
        refused: How many requests were answered here, by `refuse`.
    """

    api_server: Access
    session: aiohttp.ClientSession
    url: str = ""
    budget: int | None = None
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    before: Before = _nothing
    refused: int = 0
    _untold: str = ""
    _telling: asyncio.Event = field(default_factory=asyncio.Event)
    _refusal: int = 0
    _is_deaf: bool = False

    def open(self, budget: int | None = None) -> None:
        """Let everything through again, or that many writes and then nothing at all."""
        self.budget = budget
        self.before = _nothing
        self.tell()
        self._refusal, self._is_deaf = 0, False
        self.closed.clear()

    def refuse(self, status: int) -> None:
        """Answer everything with a status of HTTP, as what stands before an API server does."""
        self._refusal = status

    def lose_answers(self) -> None:
        """Let through what is asked, and hold back every answer from now on."""
        self._is_deaf = True

    def tell_nothing(self, plural: str) -> None:
        """Keep from watches what happens to a kind's objects, until `tell`."""
        self._untold = plural
        self._telling.clear()

    def tell(self) -> None:
        """Let watches hear everything, what was kept from them first."""
        self._telling.set()

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        """Hand a request to the API server, and its answer back as it comes."""
        body = await request.read()
        if self._refusal:
            self.refused += 1
            return web.Response(status=self._refusal, text="refused by the gate")
        await self._let_through(request, body)
        kept = {k: v for k, v in request.headers.items() if k.lower() not in _OF_ONE_HOP}
        async with self.session.request(
            request.method,
            f"{self.api_server.server}{request.rel_url}",
            headers=kept,
            data=body or None,
            server_hostname=self.api_server.server_name,
        ) as answer:
            return await self._answer(request, answer)

    async def _let_through(self, request: web.Request, body: bytes) -> None:
        write = _write(request)
        if write is not None:
            await self.before(write, body)
        if self.closed.is_set():
            await _forever()
        if write is None or write.is_housekeeping or self.budget is None:
            return
        if self.budget == 0:
            self.closed.set()
            await _forever()
        self.budget -= 1

    async def _answer(
        self, request: web.Request, answer: aiohttp.ClientResponse
    ) -> web.StreamResponse:
        if self._is_deaf:
            await _forever()
        kept = {k: v for k, v in answer.headers.items() if k.lower() not in _OF_ONE_HOP}
        response = web.StreamResponse(status=answer.status, headers=kept)
        await response.prepare(request)
        with suppress(ConnectionError, aiohttp.ClientError):
            async for part in answer.content.iter_any():
                if self.closed.is_set() or self._is_deaf:
                    await _forever()
                await self._told(request)
                await response.write(part)
            await response.write_eof()
        return response

    async def _told(self, request: web.Request) -> None:
        """Wait while watches of a request's collection are told nothing."""
        if "watch" in request.query and request.path.endswith(f"/{self._untold}"):
            await self._telling.wait()


@asynccontextmanager
async def standing(api_server: Access) -> AsyncIterator[Gate]:
    """Give a gate on loopback before an API server."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=api_server.trust(), limit=0),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
        auto_decompress=False,
    ) as session:
        gate = Gate(api_server, session)
        gate.tell()
        application = web.Application(client_max_size=16 * 1024 * 1024)
        application.router.add_route("*", "/{path:.*}", gate.pass_on)
        # Requests that are held back end with their client's connection, or with the gate.
        runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await runner.setup()
        site = web.TCPSite(runner, _HOST, 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        gate.url = f"http://{host}:{port}"
        try:
            yield gate
        finally:
            await runner.cleanup()


async def _forever() -> None:
    """Wait until the request is given up."""
    await asyncio.Event().wait()


def _write(request: web.Request) -> Write | None:
    found = _PATH.match(request.path)
    if request.method not in _WRITING or found is None:
        return None
    parts = found.groupdict(default="")
    resource = "/".join(part for part in (parts["resource"], parts["subresource"]) if part)
    return Write(request.method, resource, parts["namespace"], parts["name"])
