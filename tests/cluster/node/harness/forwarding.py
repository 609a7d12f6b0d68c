"""A program that hands connections to loopback on to the same ports in another network.

    python forwarding.py NETWORK PORT...

NETWORK is a file such as /proc/1/ns/net. So this machine's kubectl, helm and Python come to an
API server that listens in a network without a way out, at the address it has there.
"""

import asyncio
import contextlib
import ctypes
import os
import socket
import sys

_HOST = "127.0.0.1"
_CLONE_NEWNET = 0x40000000
_CHUNK = 65536


def main() -> None:
    """Listen here, move into the network, and forward until the program is ended."""
    network, *ports = sys.argv[1:]
    listening = [socket.create_server((_HOST, int(port))) for port in ports]
    _enter(network)
    asyncio.run(_serve(listening))


def _enter(network: str) -> None:
    """Move this process into a network; sockets that are open stay where they are."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(network) as namespace:
        if libc.setns(namespace.fileno(), _CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), network)


async def _serve(listening: list[socket.socket]) -> None:
    servers = [await asyncio.start_server(_forward, sock=each) for each in listening]
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    port = writer.get_extra_info("sockname")[1]
    with contextlib.suppress(OSError), contextlib.closing(writer):
        there_reader, there_writer = await asyncio.open_connection(_HOST, port)
        with contextlib.closing(there_writer):
            await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(_CHUNK):
        target.write(data)
        await target.drain()
    target.write_eof()


if __name__ == "__main__":
    main()
