"""Listening, and stopping without dropping what is in flight."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from acme_server.web.limits import Limits

_BACKLOG = 1024


class CannotListen(Exception):
    """The address can't be listened on: the port is taken, or isn't ours."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that accepts connections on `port`."""

    port: int
    _listener: asyncio.Server
    _runner: web.AppRunner
    _server: web.Server

    async def close(self, grace: float) -> None:
        """Accept nothing more, give requests in flight `grace` seconds to finish, then hang up."""
        self._listener.close()
        # Let connections that were just accepted begin with their requests.
        await asyncio.sleep(0)
        self._server.pre_shutdown()
        await self._server.shutdown(grace)
        await self._runner.cleanup()


async def start(
    application: web.Application,
    host: str,
    port: int,
    tls: ssl.SSLContext | None,
    limits: Limits | None = None,
) -> RunningServer:
    """Serve an application on `host` and `port`; port 0 takes a free one.

    Raises:
        CannotListen: saying where and why.
    """
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
    try:
        listener = await asyncio.get_running_loop().create_server(
            server,
            host,
            port,
            ssl=tls,
            backlog=_BACKLOG,
            ssl_handshake_timeout=limits.handshake if tls else None,
        )
    except OSError as error:
        await runner.cleanup()
        raise CannotListen(f"can't listen on {host} port {port}: {error.strerror}") from error
    return RunningServer(listener.sockets[0].getsockname()[1], listener, runner, server)
