"""From replies and problems to HTTP responses, before the headers that all of them carry."""

import json
from http import HTTPStatus

from aiohttp import web

from acme_server.domain.problems import ACMEError, Problem
from acme_server.protocol import problem_documents
from acme_server.protocol.replies import Reply


def from_reply(reply: Reply) -> web.Response:
    """Return the response of a service's reply."""
    response = web.Response(status=reply.status)
    if reply.body is not None:
        response.body = _encoded(reply.body)
        response.content_type = reply.media_type
    for link in reply.links:
        # One link a header line: cert-manager reads no more than the first of a line.
        response.headers.add("Link", str(link))
    _set_common(response, reply.location, reply.retry_after)
    return response


def from_error(error: ACMEError) -> web.Response:
    """Return the response of what a service or the protocol refused."""
    response = from_problem(error.problem)
    _set_common(response, error.location, error.retry_after)
    return response


def from_problem(problem: Problem) -> web.Response:
    """Return the response of a problem (RFC 9457)."""
    response = web.Response(
        status=problem.status,
        body=_encoded(problem_documents.render(problem)),
        content_type=problem_documents.MEDIA_TYPE,
    )
    if problem.status == HTTPStatus.REQUEST_TIMEOUT:
        # The rest of the request may still come, and would be read as the next one.
        response.force_close()
    return response


def _encoded(body: object) -> bytes:
    if isinstance(body, str):
        return body.encode("utf-8")
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _set_common(response: web.Response, location: str | None, retry_after: int | None) -> None:
    if location is not None:
        response.headers["Location"] = location
    if retry_after is not None:
        # Seconds, never a date: some clients read nothing else.
        response.headers["Retry-After"] = str(retry_after)
