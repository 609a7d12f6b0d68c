"""Reading a request's body within its limits."""

import asyncio
from http import HTTPStatus

from aiohttp import web

from acme_server.domain.problems import ACMEError, ErrorType, malformed, refuse
from acme_server.web.limits import Limits


async def read(request: web.Request, limits: Limits) -> bytes:
    """Return the body.

    Raises:
        ACMEError: malformed, with 413 when it is too large, 408 when it comes too slowly, 400 when
            it ends early or its chunks are broken. Where the client has gone nobody reads that.
    """
    if (request.content_length or 0) > limits.body_bytes:
        raise _too_large(limits)
    try:
        async with asyncio.timeout(limits.body):
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise _too_large(limits) from None
    except TimeoutError:
        detail = f"the body did not arrive within {limits.body:g} seconds"
        raise refuse(ErrorType.MALFORMED, detail, HTTPStatus.REQUEST_TIMEOUT) from None
    except (web.RequestPayloadError, ConnectionError):
        raise malformed("the body is not what the request's header says") from None


def _too_large(limits: Limits) -> ACMEError:
    detail = f"the body is larger than {limits.body_bytes} bytes"
    return refuse(ErrorType.MALFORMED, detail, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
