"""The routes: which method and path leads to which handler. Each handler makes one service call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Final

from aiohttp import web

from acme_server.domain.problems import malformed, not_found
from acme_server.protocol import jws
from acme_server.protocol.resources import PARAMETERS, PATHS, Resource
from acme_server.web import bodies, responses
from acme_server.web.limits import Limits
from acme_server.web.service_calls import ServiceCalls

_NAMESPACE: Final = "[a-z0-9-]{1,63}"
_PROFILE: Final = "[a-z0-9.-]{1,63}"

#: The beginning of every path that belongs to a profile, as a regular expression.
PROFILE_PATH: Final = f"/acme/(?P<namespace>{_NAMESPACE})/(?P<profile>{_PROFILE})/"


@dataclass(frozen=True, slots=True)
class Handlers:
    """The handlers, with what they share."""

    services: ServiceCalls
    limits: Limits

    async def directory(self, request: web.Request) -> web.Response:
        """Answer GET and HEAD of a directory (RFC 8555 §7.1.1)."""
        match = request.match_info
        return responses.from_reply(
            await self.services.directory(match["namespace"], match["profile"])
        )

    async def new_nonce(self, request: web.Request) -> web.Response:
        """Answer HEAD with 200 and GET with 204, both with a nonce (RFC 8555 §7.2)."""
        status = HTTPStatus.NO_CONTENT if request.method == "GET" else HTTPStatus.OK
        nonce = self.services.issue_nonce(authenticated=False)
        return web.Response(status=status, headers={"Replay-Nonce": nonce})

    async def post(self, resource: Resource, request: web.Request) -> web.Response:
        """Answer a POST: everything else, POST-as-GET included (RFC 8555 §6.2, §6.3)."""
        if "Replay-Nonce" in request.headers:
            raise malformed("a request has its nonce in the JWS, not in a Replay-Nonce header")
        jws.check_content_type(request.headers.get("Content-Type"))
        parameters = {**request.match_info, **_query(resource, request)}
        namespace, profile = parameters.pop("namespace"), parameters.pop("profile")
        body = await bodies.read(request, self.limits)
        reply = await self.services.handle_post(
            resource, parameters, namespace, profile, body, request.remote
        )
        return responses.from_reply(reply)


def _query(resource: Resource, request: web.Request) -> dict[str, str]:
    """Return the query's parameters.

    Only a list has any. Elsewhere a query names another resource, which no signed `url` could be
    meant for (RFC 8555 §6.4).
    """
    allowed = {"cursor"} if resource is Resource.ORDERS else set()
    if not allowed.issuperset(request.query):
        raise not_found(f"there is no resource at {request.path_qs[:200]!r}")
    return dict(request.query)


_RESOURCES: Final = {f"/acme/{{namespace}}/{{profile}}/{PATHS[each]}": each for each in Resource}


def resource_of(request: web.Request) -> Resource | None:
    """Return the resource that a request was routed to, None if to none."""
    routed = request.match_info.route.resource
    return None if routed is None else _RESOURCES.get(routed.canonical)


Handle = Callable[[web.Request], Awaitable[web.Response]]


def table(handlers: Handlers) -> tuple[tuple[str, str, Handle], ...]:
    """Return every route: method (GET answers HEAD too), path pattern, handler."""
    return (
        ("GET", pattern(Resource.DIRECTORY), handlers.directory),
        ("GET", pattern(Resource.NEW_NONCE), handlers.new_nonce),
        *(("POST", pattern(resource), partial(handlers.post, resource)) for resource in Resource),
    )


def pattern(resource: Resource) -> str:
    """Return a resource's path in aiohttp's form, with the syntax of each parameter."""
    parameters = {name: f"{{{name}:{syntax}}}" for name, syntax in PARAMETERS.items()}
    path = PATHS[resource].format_map(parameters)
    return f"/acme/{{namespace:{_NAMESPACE}}}/{{profile:{_PROFILE}}}/{path}"
