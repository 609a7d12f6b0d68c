"""Targets on loopback that challenges look at: each does what a test scripts, right or hostile."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509

from tests.unit.validation import alpn

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(
    handler: Handler, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Handle connections to a free port, which is given; end those that are left at the end."""
    connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections[task] = writer
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task, writer in connections.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()


@dataclass
class HTTPTarget:
    """What an HTTP target does and has seen.

    `scripts` are for paths; `otherwise` is for all others. `requests` are the heads that came.
    """

    port: int = 0
    scripts: dict[str, Script] = field(default_factory=dict)
    otherwise: Script | None = None
    requests: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(head)
        script = self.scripts.get(head.split(" ")[1], self.otherwise)
        await (script or answer(404))(writer)

    def headers(self, number: int = -1) -> dict[str, str]:
        """Return the header fields of a request."""
        lines = self.requests[number].split("\r\n")[1:-2]
        return dict(line.split(": ", 1) for line in lines)


def answer(status: int, body: bytes = b"", *headers: str) -> Script:
    """Send an answer with a Content-Length."""
    length = f"Content-Length: {len(body)}"
    head = "\r\n".join([f"HTTP/1.1 {status} Whatever", length, *headers, "", ""])
    return send(head.encode() + body)


def redirect(location: str, status: int = 302) -> Script:
    """Send a redirect."""
    return answer(status, b"", f"Location: {location}")


def send(*parts: bytes) -> Script:
    """Send bytes as they are."""

    async def script(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()

    return script


def endless(head: bytes, parts: Iterable[bytes], pause: float = 0) -> Script:
    """Send a head, then parts without end, or until the other side is gone."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return script


def silent() -> Script:
    """Say nothing until the other side is gone."""

    async def script(writer: asyncio.StreamWriter) -> None:
        await writer.wait_closed()

    return script


@asynccontextmanager
async def http_target(
    host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[HTTPTarget]:
    """Serve an HTTP target on a free port."""
    target = HTTPTarget()
    async with listening(target.serve, host, tls) as target.port:
        yield target


@dataclass
class TLSTarget:
    """What a tls-alpn-01 target has seen: the names of SNI."""

    port: int = 0
    names: list[str | None] = field(default_factory=list)


def tls_context(folder: Path, shown: x509.Certificate, *protocols: str) -> ssl.SSLContext:
    """Return a server's context with a certificate for the target's key."""
    path = folder / "target.pem"
    path.write_bytes(alpn.pem(shown))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


@asynccontextmanager
async def tls_target(context: ssl.SSLContext) -> AsyncIterator[TLSTarget]:
    """Serve TLS handshakes on a free port."""
    target = TLSTarget()

    def seen(_channel: object, name: str | None, _context: object) -> None:
        target.names.append(name)

    async def close(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        """Leave after the handshake."""

    context.sni_callback = seen
    async with listening(close, tls=context) as target.port:
        yield target
