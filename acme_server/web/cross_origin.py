"""Cross-origin requests: browsers may be ACME clients too (RFC 8555 §6.1)."""

from collections.abc import Sequence

from aiohttp import web

_EXPOSED = "Link, Replay-Nonce, Location, Retry-After"
_PREFLIGHT_SECONDS = 86400


def allow(request: web.Request, response: web.StreamResponse) -> None:
    """Let any origin's page read the response. ACME has no cookies that it could borrow."""
    if "Origin" in request.headers:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED


def options(request: web.Request, methods: Sequence[str]) -> web.Response:
    """Return the answer to OPTIONS on a resource with these methods, preflight or not."""
    allowed = ", ".join(methods)
    response = web.Response(headers={"Allow": allowed})
    if "Origin" in request.headers and "Access-Control-Request-Method" in request.headers:
        response.headers["Access-Control-Allow-Methods"] = allowed
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_SECONDS)
    return response
