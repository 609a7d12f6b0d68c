"""The application: routes and middleware around the services."""

import asyncio

from aiohttp import web

from acme_server.ports import Meter
from acme_server.web import middleware, routes
from acme_server.web.draining import DRAINING
from acme_server.web.limits import Limits
from acme_server.web.service_calls import ServiceCalls


def make(
    services: ServiceCalls, limits: Limits | None = None, meter: Meter | None = None
) -> web.Application:
    """Return the application that answers for `services`, and tells `meter` of each request."""
    limits = limits or Limits()
    application = web.Application(
        middlewares=[middleware.make(services, meter)], client_max_size=limits.body_bytes
    )
    application[DRAINING] = asyncio.Event()
    for method, path, handler in routes.table(routes.Handlers(services, limits)):
        if method == "GET":
            application.router.add_get(path, handler)
        else:
            application.router.add_post(path, handler)
    return application
