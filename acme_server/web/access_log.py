"""One structured record for each request. No body, no header but the client's name, no query."""

import logging

from aiohttp import web

_logger = logging.getLogger(__name__)
_LONGEST = 200


def record(request: web.Request, response: web.StreamResponse, seconds: float) -> None:
    """Log a request that was answered.

    The record's attributes `method`, `path`, `status`, `milliseconds`, `peer` and `client` are for
    formatters that write fields; the text is for people.
    """
    if not _logger.isEnabledFor(logging.INFO):
        return
    path = request.path[:_LONGEST]
    fields = {
        "method": request.method,
        "path": path,
        "status": response.status,
        "milliseconds": round(seconds * 1000, 1),
        "peer": request.remote,
        "client": request.headers.get("User-Agent", "")[:_LONGEST],
    }
    _logger.info("%s %r %d", request.method, path, response.status, extra=fields)
