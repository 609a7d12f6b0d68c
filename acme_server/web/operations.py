"""The endpoint of those who run the server: liveness, readiness and metrics.

On a port of its own and in plain HTTP, since it is for the machine or the cluster that the server
is in, not for its clients. Nothing that it tells is a secret.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from acme_server.web.draining import DRAINING
from acme_server.web.readiness import Readiness

#: Returns the metrics as text.
Exposition = Callable[[], bytes]


def make(readiness: Readiness, exposition: Exposition, content_type: str) -> web.Application:
    """Return the application.

    Args:
        readiness: Asked at each `/readyz`.
        exposition: Called at each `/metrics`.
        content_type: Of what it returns.
    """

    async def livez(_: web.Request) -> web.Response:
        # That this runs is the answer: the loop that serves clients is this one.
        return web.json_response({"live": True})

    async def readyz(_: web.Request) -> web.Response:
        reasons = await readiness.reasons()
        status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
        told: dict[str, object] = {"ready": not reasons, "reasons": reasons}
        if notes := readiness.notes:
            told["notes"] = notes
        return web.json_response(told, status=status)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=exposition(), headers={"Content-Type": content_type})

    application = web.Application(middlewares=[_surround])
    application[DRAINING] = asyncio.Event()
    application.router.add_get("/livez", livez)
    application.router.add_get("/readyz", readyz)
    application.router.add_get("/metrics", metrics)
    return application


@web.middleware
async def _surround(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    response.headers["Cache-Control"] = "no-store"
    # Requests are rare here, and connections that stay open would hold up a stop.
    response.force_close()
    return response
