"""Listening, and stopping without dropping what is in flight."""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from acme_server.web.draining import PERIOD, drain
from acme_server.web.limits import Limits

_BACKLOG = 1024


class CannotListen(Exception):
    """The address can't be listened on: the port is taken, or isn't ours."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that accepts connections on `port`."""

    port: int
    _application: web.Application
    _listener: asyncio.Server
    _runner: web.AppRunner
    _server: web.Server

    async def close(self, grace: float) -> None:
        """Accept nothing more, serve what is open to its end, then hang up.

        Args:
            grace: Seconds that requests in flight have; of these the first at most is for
                connections without one, whose next request may be under way.
        """
        self._listener.close()
        await drain(self._application, self._server, min(grace, PERIOD))
        self._server.pre_shutdown()
        await self._server.shutdown(grace)
        await self._runner.cleanup()


def bind(host: str, port: int) -> socket.socket:
    """Take an address; connections wait until the server is started. Port 0 takes a free one.

    Done before anything else, so that a port that is taken is told before anything was changed.

    Args:
        host: An IPv4 or IPv6 address.
        port: 0 to 65535.

    Raises:
        CannotListen: saying where and why.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise CannotListen(f"can't listen on {host} port {port}: {error.strerror}") from error
    return bound


async def start(
    application: web.Application,
    bound: socket.socket,
    tls: ssl.SSLContext | None,
    limits: Limits | None = None,
) -> RunningServer:
    """Serve an application on a socket that `bind` made."""
    limits = limits or Limits()
    runner = web.AppRunner(
        application,
        access_log=None,
        # A compressed body is a bomb; no ACME client sends one.
        auto_decompress=False,
        keepalive_timeout=limits.idle,
        lingering_time=limits.lingering,
    )
    await runner.setup()
    server = cast("web.Server", runner.server)  # set by `setup`
    listener = await asyncio.get_running_loop().create_server(
        server,
        sock=bound,
        ssl=tls,
        backlog=_BACKLOG,
        ssl_handshake_timeout=limits.handshake if tls else None,
    )
    return RunningServer(bound.getsockname()[1], application, listener, runner, server)
