"""One way to one API server: requests with a bound on their time, their number and their failures.

aiohttp sends a GET, PUT or DELETE once more when a connection that was kept open turns out to be
closed. That is harmless to writes at a version: at worst a write that landed meets itself.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ssl import SSLContext
from typing import Self

import aiohttp

from acme_server.kubernetes_api.access import Access
from acme_server.kubernetes_api.answers import Answer
from acme_server.kubernetes_api.files import ReadAgain

logger = logging.getLogger(__name__)

#: Connections to the API server at once; more requests wait for one of them to end.
CONNECTIONS = 64

#: Seconds for a connection to be made, its TLS handshake included.
CONNECT_TIMEOUT = 3.0


class APIUnavailable(Exception):
    """The API server can't be reached or didn't answer in time. A write may have landed or not."""


class Stream:
    """An answer that comes line by line."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    @property
    def status(self) -> int:
        """The answer's HTTP status."""
        return self._response.status

    async def answer(self) -> Answer:
        """Return the answer as a whole: what a refusal is."""
        return Answer(self._response.status, await self._response.read())

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield the lines, of any length, without their ends."""
        kept = bytearray()
        async for part in self._response.content.iter_any():
            kept += part
            if b"\n" in part:
                *lines, rest = bytes(kept).split(b"\n")
                kept = bytearray(rest)
                for line in lines:
                    yield line


class Connection:
    """A pool of connections to an API server. It belongs to the event loop it was opened on."""

    def __init__(
        self, session: aiohttp.ClientSession, access: Access, trust: ReadAgain[SSLContext] | None
    ) -> None:
        """Take a session as `open` makes it."""
        self._session = session
        self._server = access.server.rstrip("/")
        self._server_name = access.server_name
        self._token = access.bearer()
        self._trust = trust
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False
        self._answers = True

    @classmethod
    def open(cls, access: Access, *, timeout: float = 10.0) -> Self:
        """Return a connection, on a running loop; nothing is sent yet.

        `timeout` is the time of one request in seconds, waiting for a free connection included.
        Raises OSError (`ssl.SSLError` is one) when a file of `access` can't be used.
        """
        trust = access.trust() if access.server.startswith("https:") else None
        if trust is not None:
            trust.current()
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            timeout=aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_TIMEOUT),
            # The API server would spend its time compressing what crosses one wire.
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                # The API server shows the first word as the one who wrote an object.
                "User-Agent": "certwright-acme",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return cls(session, access, trust)

    async def close(self) -> None:
        """Wait for what is under way and let go of everything; all else raises from now on."""
        self._closed = True
        await self._idle.wait()
        await self._session.close()

    async def request(
        self,
        method: str,
        path: str,
        options: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Send a request and return its answer, whatever it says.

        Raises `APIUnavailable` when there is none: a write may have landed all the same.
        """
        if self._closed:
            raise APIUnavailable("the connection to the API server is closed")
        self._under_way += 1
        self._idle.clear()
        try:
            answer = await self._answer(method, path, options, body)
        except (aiohttp.ClientError, OSError) as error:
            # A time-out has no text of its own. TimeoutError is an OSError.
            raise self._unavailable(str(error) or "it didn't answer in time") from error
        finally:
            self._under_way -= 1
            if self._under_way == 0:
                self._idle.set()
        if not self._answers:
            logger.info("the API server answers again")
            self._answers = True
        return answer

    @asynccontextmanager
    async def stream(
        self, path: str, options: Mapping[str, str], *, quiet: float
    ) -> AsyncGenerator["Stream", None]:
        """Send a GET whose answer comes bit by bit, such as a watch.

        `quiet` is how many seconds nothing may come before the stream counts as dead. Inside the
        block as well, `APIUnavailable` is raised when it breaks; `close` doesn't wait for its end.
        """
        if self._closed:
            raise APIUnavailable("the connection to the API server is closed")
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT, sock_read=quiet)
        try:
            async with self._send("GET", path, options, None, timeout) as response:
                yield Stream(response)
        except (aiohttp.ClientError, OSError) as error:
            raise self._unavailable(str(error) or "it has fallen silent") from error

    async def _answer(
        self, method: str, path: str, options: Mapping[str, str] | None, body: bytes | None
    ) -> Answer:
        async with self._send(method, path, options, body) as response:
            return Answer(response.status, await response.read())

    def _send(
        self,
        method: str,
        path: str,
        options: Mapping[str, str] | None,
        body: bytes | None,
        timeout: aiohttp.ClientTimeout | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        headers = {} if body is None else {"Content-Type": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token.current()}"
        return self._session.request(
            method,
            self._server + path,
            params=options,
            data=body,
            headers=headers,
            timeout=timeout or self._session.timeout,
            # Connections are kept open by context: under another one there are new ones.
            ssl=True if self._trust is None else self._trust.current(),
            server_hostname=self._server_name,
            allow_redirects=False,
        )

    def _unavailable(self, why: str) -> APIUnavailable:
        """Tell the log once an outage, not once a request."""
        sentence = f"the API server at {self._server} can't be reached: {why}"
        if self._answers:
            logger.warning("%s", sentence)
        self._answers = False
        return APIUnavailable(sentence)
