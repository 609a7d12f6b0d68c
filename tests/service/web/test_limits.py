"""Clients that send too much, too slowly or wrongly."""

import asyncio
import gzip
import json

import aiohttp
import pytest

from acme_server.web.limits import LARGEST_BODY, Limits
from tests.service.web.conftest import Start
from tests.service.web.services import JOSE, PROFILE, FakeServices

NEW_ORDER = PROFILE + "/new-order"


def head(*lines: str) -> bytes:
    first = f"POST {NEW_ORDER} HTTP/1.1"
    return "\r\n".join(
        [first, "Host: a", "Content-Type: application/jose+json", *lines, "", ""]
    ).encode()


class Connection:
    """A client that writes bytes as they are and reads whole answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> "Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, bytes]:
        start = await self.reader.readuntil(b"\r\n\r\n")
        lines = start.decode().split("\r\n")
        lengths = [line for line in lines if line.lower().startswith("content-length:")]
        length = int(lengths[0].partition(":")[2])
        return int(lines[0].split()[1]), await self.reader.readexactly(length)

    async def closed(self) -> bool:
        """Wait until the server hangs up; nothing may come before."""
        return await self.reader.read() == b""

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


@pytest.mark.parametrize(("size", "status"), [(LARGEST_BODY, 200), (LARGEST_BODY + 1, 413)])
async def test_a_body_may_have_64_kib(
    client: aiohttp.ClientSession, services: FakeServices, size: int, status: int
) -> None:
    async with client.post(NEW_ORDER, data=bytes(size), headers=JOSE) as answer:
        assert answer.status == status
        assert "Replay-Nonce" in answer.headers
    assert len(services.calls) == (1 if status == 200 else 0)


async def test_a_body_that_does_not_say_its_length_is_bounded_too(start: Start) -> None:
    running = await start(Limits(body_bytes=10))
    connection = await Connection.to(running.port)
    await connection.send(head("Transfer-Encoding: chunked") + b"b\r\nhello world\r\n0\r\n\r\n")
    status, body = await connection.answer()
    assert status == 413
    assert json.loads(body)["type"].endswith(":malformed")
    await connection.close()


async def test_a_connection_survives_a_body_that_is_too_large(start: Start) -> None:
    running = await start(Limits(body_bytes=10))
    connection = await Connection.to(running.port)
    await connection.send(head("Content-Length: 11") + b"hello world")
    assert (await connection.answer())[0] == 413
    await connection.send(head("Content-Length: 2") + b"{}")
    assert (await connection.answer())[0] == 200
    await connection.close()


async def test_a_body_that_does_not_come_is_waited_for_in_vain(
    start: Start, services: FakeServices
) -> None:
    running = await start(Limits(body=0.05, lingering=0.05))
    connection = await Connection.to(running.port)
    await connection.send(head("Content-Length: 100") + b"{")
    status, body = await connection.answer()
    assert status == 408
    assert json.loads(body)["status"] == 408
    assert await connection.closed()
    assert services.calls == []
    await connection.close()


@pytest.mark.parametrize("sent", [b"", b"POST /acme", head("Content-Length: 2")[:-2]])
async def test_a_request_head_that_does_not_come_is_waited_for_in_vain(
    start: Start, sent: bytes
) -> None:
    running = await start(Limits(idle=0.05))
    connection = await Connection.to(running.port)
    await connection.send(sent)
    assert await connection.closed()
    await connection.close()


async def test_broken_chunks_are_malformed(start: Start) -> None:
    running = await start(Limits())
    connection = await Connection.to(running.port)
    await connection.send(head("Transfer-Encoding: chunked"))
    await connection.send(b"5\r\nhello\r\nnot a length\r\n")
    status, _ = await connection.answer()
    assert status == 400
    await connection.close()


async def test_a_client_that_hangs_up_midway_harms_nobody(
    start: Start, services: FakeServices, caplog: pytest.LogCaptureFixture
) -> None:
    running = await start(Limits())
    gone = await Connection.to(running.port)
    await gone.send(head("Content-Length: 100") + b"{")
    await gone.close()
    connection = await Connection.to(running.port)
    await connection.send(head("Content-Length: 2") + b"{}")
    assert (await connection.answer())[0] == 200
    await connection.close()
    assert len(services.calls) == 1
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_a_compressed_body_is_not_unpacked(
    client: aiohttp.ClientSession, services: FakeServices
) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    headers = {**JOSE, "Content-Encoding": "gzip"}
    async with client.post(NEW_ORDER, data=bomb, headers=headers) as answer:
        assert answer.status == 200
    assert services.calls[0].body == bomb
