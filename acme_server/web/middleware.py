"""What surrounds every handler: errors become problem documents, answers get ACME's headers."""

import logging
import re
import time
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from acme_server.domain.problems import ACMEError, ErrorType, Problem, not_found
from acme_server.ports import Answered, Meter
from acme_server.protocol.replies import Link
from acme_server.protocol.resources import Resource
from acme_server.web import access_log, cross_origin, draining, responses
from acme_server.web.routes import PROFILE_PATH, resource_of
from acme_server.web.service_calls import ServiceCalls

_logger = logging.getLogger(__name__)

#: Seconds after which to try again when the server itself is at fault.
_RETRY_AFTER = 5
_PROFILE = re.compile(PROFILE_PATH)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A response, the type of its problem if it tells one, whether a verified request led to it."""

    response: web.StreamResponse
    problem: ErrorType | None = None
    authenticated: bool = False


def make(services: ServiceCalls, meter: Meter | None = None) -> Middleware:
    """Return the one middleware of the application."""

    @web.middleware
    async def surround(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        outcome = await _answer(request, handler)
        await _complete(request, outcome, services)
        draining.mark(request, outcome.response)
        seconds = time.perf_counter() - started
        access_log.record(request, outcome.response, seconds)
        if meter is not None:
            meter.answered(_answered(request, outcome, seconds))
        return outcome.response

    return surround


def _answered(request: web.Request, outcome: _Outcome, seconds: float) -> Answered:
    resource = resource_of(request)
    return Answered(
        resource=None if resource is None else resource.value,
        method=request.method,
        status=outcome.response.status,
        problem=outcome.problem,
        seconds=seconds,
    )


async def _answer(request: web.Request, handler: Handler) -> _Outcome:
    """Return what the handler answers, or the problem document of what it raised."""
    try:
        return _Outcome(await handler(request), authenticated=True)
    except ACMEError as error:
        return _Outcome(responses.from_error(error), error.problem.type)
    except web.HTTPNotFound:
        missing = not_found(f"there is no resource at {request.path[:200]!r}")
        return _Outcome(responses.from_error(missing), missing.problem.type)
    except web.HTTPMethodNotAllowed as error:
        return _wrong_method(request, sorted(error.allowed_methods))
    except Exception:
        # Whatever it is, only the log may know; the client could do nothing with it anyway.
        _logger.exception("a request to %s failed inside the server", request.path)
        return _Outcome(_internal_error(), ErrorType.SERVER_INTERNAL)


def _wrong_method(request: web.Request, allowed: list[str]) -> _Outcome:
    """Return the answer to a method that the resource hasn't, OPTIONS among them."""
    if request.method == "OPTIONS":
        return _Outcome(cross_origin.options(request, allowed))
    listed = ", ".join(allowed)
    detail = f"{request.method[:20]} is not for this resource; use {listed}"
    if request.method == "GET":
        detail += ": it is read with POST-as-GET (RFC 8555 section 6.3)"
    problem = Problem(ErrorType.MALFORMED, detail, HTTPStatus.METHOD_NOT_ALLOWED)
    response = responses.from_problem(problem)
    response.headers["Allow"] = listed
    return _Outcome(response, problem.type)


def _internal_error() -> web.Response:
    detail = "the server met an error of its own, which is in its log; try again later"
    error = ACMEError(Problem(ErrorType.SERVER_INTERNAL, detail), retry_after=_RETRY_AFTER)
    return responses.from_error(error)


async def _complete(request: web.Request, outcome: _Outcome, services: ServiceCalls) -> None:
    """Add what every answer carries (RFC 8555 §6.5, §7.1, §7.2)."""
    headers = outcome.response.headers
    headers["Server"] = "certwright"
    headers["Cache-Control"] = "no-store"
    if request.method == "POST":
        headers["Replay-Nonce"] = services.issue_nonce(authenticated=outcome.authenticated)
    found = _PROFILE.match(request.path)
    if found and request.path[found.end() :] != Resource.DIRECTORY.value:
        directory = await services.index_url(found["namespace"], found["profile"])
        headers.add("Link", str(Link(directory, "index")))
    cross_origin.allow(request, outcome.response)
