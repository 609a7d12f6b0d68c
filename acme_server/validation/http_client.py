"""One HTTP GET to an address that was judged, bounded in bytes. Time is bounded by the caller.

aiohttp connects to a URL whose host is an address without looking anything up; the name goes into
`Host` and, for https, into SNI.
"""

import re
from dataclasses import dataclass
from functools import partial

import aiohttp
from yarl import URL

from acme_server.domain.problems import ErrorType
from acme_server.validation.dialer import CannotConnect, Dialer
from acme_server.validation.endpoints import Endpoint, parse_address
from acme_server.validation.failures import AttemptFailed, connection
from acme_server.validation.networks import IPAddress
from acme_server.validation.redirects import origin
from acme_server.validation.tls import handshake_reason, unverified_context

#: A key authorization has at most 43 + 1 + 43 characters here; the rest is white space and
#: goodwill.
LONGEST_BODY = 1024

_MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,40}")


@dataclass(frozen=True, slots=True)
class Fetch:
    """What to fetch: `url` from `endpoint`, with `host` as the `Host` header.

    `trusted` says that the settings name the endpoint.
    """

    url: URL
    endpoint: Endpoint
    host: str
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: the body is None when it is longer than `LONGEST_BODY`, and is never shown."""

    status: int
    location: str | None
    media_type: str
    body: bytes | None


class HTTPClient:
    """Fetches for http-01.

    No proxy, no cookies, no redirects of its own, no decompression: what a target sends is counted
    in the bytes it sends. `connect_timeout`, in seconds, is for one address.
    """

    def __init__(self, dialer: Dialer, user_agent: str, connect_timeout: float) -> None:
        self._dialer = dialer
        self._headers = {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "identity"}
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout)
        self._tls = unverified_context()

    async def get(self, fetch: Fetch) -> Answer:
        """Return the answer; raise `AttemptFailed`."""
        dial = self._dialer.dial_trusted if fetch.trusted else self._dialer.dial
        async with self._session() as session:
            response = await dial(fetch.endpoint, partial(self._sent, session, fetch))
            async with response:
                return await _read(response, fetch)

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, ssl=self._tls),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=self._timeout,
            read_bufsize=4 * LONGEST_BODY,
        )

    async def _sent(
        self, session: aiohttp.ClientSession, fetch: Fetch, address: IPAddress, port: int
    ) -> aiohttp.ClientResponse:
        """Return the response's head."""
        try:
            return await session.get(
                fetch.url.with_host(str(address)).with_port(port),
                headers={**self._headers, "Host": fetch.host},
                allow_redirects=False,
                server_hostname=_server_name(fetch.endpoint.host),
            )
        except aiohttp.ClientConnectorSSLError as error:
            raise _no_tls(fetch.url, error.os_error) from error
        except aiohttp.ClientConnectorError as error:
            raise CannotConnect.because(error.os_error) from error
        except aiohttp.ConnectionTimeoutError as error:
            raise CannotConnect.because(TimeoutError()) from error
        except aiohttp.ClientResponseError as error:
            raise _not_http(fetch.url) from error
        except (aiohttp.ClientError, OSError) as error:
            raise connection(
                f"{origin(fetch.url)} closed the connection without a complete answer"
            ) from error


async def _read(response: aiohttp.ClientResponse, fetch: Fetch) -> Answer:
    try:
        body = await _bounded_body(response)
    except (aiohttp.ClientError, OSError) as error:
        raise _not_http(fetch.url) from error
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Answer(
        response.status,
        response.headers.get("Location"),
        media_type if _MEDIA_TYPE.fullmatch(media_type) else "no known type",
        body,
    )


async def _bounded_body(response: aiohttp.ClientResponse) -> bytes | None:
    """Return the body of a 200, or None when it is too long. Nobody looks at any other."""
    if response.status != 200:
        return b""
    body = b""
    while len(body) <= LONGEST_BODY:
        if not (part := await response.content.read(LONGEST_BODY + 1 - len(body))):
            return body
        body += part
    return None


def _server_name(host: str) -> str | None:
    """Return what SNI names; an address never (RFC 6066 §3)."""
    return None if parse_address(host) is not None else host


def _no_tls(url: URL, error: OSError) -> AttemptFailed:
    return AttemptFailed(
        ErrorType.TLS, f"TLS handshake with {origin(url)} failed: {handshake_reason(error)}"
    )


def _not_http(url: URL) -> AttemptFailed:
    return AttemptFailed(
        ErrorType.INCORRECT_RESPONSE,
        f"The answer of {origin(url)} is not valid HTTP/1.1, or is cut short",
    )
