"""What a proxy passes on of a message, and how it comes to whom it passes it on to."""

import ssl

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy

_OF_ONE_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "te"})
_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


def passed(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """Return the headers that are not for one hop only (RFC 9110 §7.6.1), each line by itself."""
    return CIMultiDict(
        (name, value) for name, value in headers.items() if name.lower() not in _OF_ONE_HOP
    )


def session(
    trust: ssl.SSLContext, timeout: float | None, *, force_close: bool = False
) -> aiohttp.ClientSession:
    """Return connections that add nothing to what is passed on, and take nothing away."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=trust, limit=0, force_close=force_close),
        skip_auto_headers=_ADDED,
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=timeout),
    )
