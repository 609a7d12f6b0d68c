"""How kopf comes to the API server: as everything else of the operator does."""

from http import HTTPStatus
from types import SimpleNamespace

import aiohttp
import kopf
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.client.rest import RESTClientObject

from certwright_operator.api import access
from certwright_operator.settings import MANAGER
from certwright_operator.triggers.streams import Streams


async def session(configuration: Configuration, streams: Streams) -> kopf.AiohttpSession:
    """Return a session of kopf's own, whose every request carries the token that holds then."""

    async def authorize(
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        request: aiohttp.TraceRequestStartParams,
    ) -> None:
        if (token := await access.authorization(configuration)) is not None:
            request.headers["Authorization"] = token

    async def note(
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        request: aiohttp.TraceRequestEndParams,
    ) -> None:
        if request.response.status != HTTPStatus.OK:
            return
        if request.url.query.get("watch") == "true":
            streams.watched(request.url.path)
        else:
            streams.listed(request.url.path)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(authorize)
    trace.on_request_end.append(note)
    trust = RESTClientObject(configuration).ssl_context
    opened = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=trust, limit=0),
        headers={"User-Agent": MANAGER, "Accept-Encoding": "identity"},
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[trace],
    )
    return kopf.AiohttpSession(server=configuration.host, aiohttp_session=opened)
