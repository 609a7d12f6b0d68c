"""The serving certificate as the kubelet mounts a Secret: files swapped all at once, by a link."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from acme_server.assembly.given_certificate import ServedFiles, look_on
from acme_server.web import server
from acme_server.web.draining import DRAINING
from acme_server.web.tls import InvalidServingCertificate
from tests.cluster.replicas.harness import identities
from tests.fakes.clock import FakeClock

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass
class Mount:
    """A volume of a Secret: `..data` leads to a folder of today, and each file through it."""

    folder: Path
    written: int = 0

    @property
    def certificate(self) -> Path:
        return self.folder / "tls.crt"

    @property
    def key(self) -> Path:
        return self.folder / "tls.key"

    def swap(self, certificate: bytes, key: bytes) -> None:
        """Replace everything as the kubelet does (`pkg/volume/util/atomic_writer.go`)."""
        self.written += 1
        today = self.folder / f"..2026_11_23_12_00_00.{self.written}"
        today.mkdir(parents=True)
        (today / "tls.crt").write_bytes(certificate)
        (today / "tls.key").write_bytes(key)
        before = self.folder / "..data"
        gone = before.resolve() if before.is_symlink() else None
        (self.folder / "..data_tmp").symlink_to(today.name)
        (self.folder / "..data_tmp").rename(before)
        for file in (self.certificate, self.key):
            if not file.is_symlink():
                file.symlink_to(Path("..data") / file.name)
        if gone is not None:
            for file in gone.iterdir():
                file.unlink()
            gone.rmdir()


@dataclass(frozen=True, slots=True)
class Pair:
    certificate: bytes
    key: bytes

    @property
    def leaf(self) -> bytes:
        return ssl.PEM_cert_to_DER_cert(self.certificate.decode())


def pair(folder: Path) -> Pair:
    folder.mkdir()
    made = identities.made(folder)
    return Pair(made.certificate.read_bytes(), made.key.read_bytes())


@pytest.fixture
def first(tmp_path: Path) -> Pair:
    return pair(tmp_path / "first")


@pytest.fixture
def second(tmp_path: Path) -> Pair:
    return pair(tmp_path / "second")


@pytest.fixture
def mount(tmp_path: Path, first: Pair) -> Mount:
    made = Mount(tmp_path / "serving-tls")
    made.swap(first.certificate, first.key)
    return made


@pytest.fixture
def served(mount: Mount) -> ServedFiles:
    return ServedFiles(mount.certificate, mount.key)


@pytest.fixture
async def port(served: ServedFiles) -> AsyncIterator[int]:
    """Serve, and return where."""

    async def answered(_: web.Request) -> web.Response:
        return web.Response(text="answered")

    application = web.Application()
    application[DRAINING] = asyncio.Event()
    application.router.add_get("/", answered)
    running = await server.start(application, server.bind("127.0.0.1", 0), served.load())
    yield running.port
    await running.close(0.1)


class Connection:
    """A client's connection, which trusts anybody."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, port: int) -> "Connection":
        anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        return cls(*await asyncio.open_connection("127.0.0.1", port, ssl=anybody))

    @property
    def leaf(self) -> bytes | None:
        found: ssl.SSLObject = self._writer.get_extra_info("ssl_object")
        return found.getpeercert(binary_form=True)

    async def is_answered(self) -> bool:
        self._writer.write(REQUEST)
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert b"Content-Length: 8" in head
        return await self._reader.readexactly(8) == b"answered"

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def leaf_served(port: int) -> bytes | None:
    connection = await Connection.to(port)
    assert await connection.is_answered()
    await connection.close()
    return connection.leaf


async def test_a_swap_is_seen_and_connections_that_are_open_go_on(
    port: int, mount: Mount, served: ServedFiles, first: Pair, second: Pair
) -> None:
    kept = await Connection.to(port)
    assert await kept.is_answered()
    mount.swap(second.certificate, second.key)
    served.look()
    assert await kept.is_answered()
    assert kept.leaf == first.leaf
    assert await leaf_served(port) == second.leaf
    mount.swap(first.certificate, first.key)
    served.look()
    assert await kept.is_answered()
    assert await leaf_served(port) == first.leaf
    await kept.close()


async def test_a_pair_that_doesn_t_fit_leaves_the_one_before_until_a_good_one_comes(
    port: int, mount: Mount, served: ServedFiles, first: Pair, second: Pair
) -> None:
    for certificate, key in ((second.certificate, first.key), (b"", b""), (b"-----", first.key)):
        mount.swap(certificate, key)
        with pytest.raises(InvalidServingCertificate, match=r"tls\.crt and key .*tls\.key"):
            served.look()
        assert await leaf_served(port) == first.leaf
    mount.swap(second.certificate, second.key)
    served.look()
    assert await leaf_served(port) == second.leaf


async def test_files_that_are_taken_away_leave_the_pair_in_use(
    port: int, mount: Mount, served: ServedFiles, first: Pair
) -> None:
    (mount.folder / "..data").unlink()
    with pytest.raises(InvalidServingCertificate, match="No such file"):
        served.look()
    assert await leaf_served(port) == first.leaf


class Looks:
    """What each look finds: a trouble, or none; cancelled after the last."""

    def __init__(self, *found: str | None) -> None:
        self._found = list(found)

    def __call__(self) -> None:
        if not self._found:
            raise asyncio.CancelledError
        if trouble := self._found.pop(0):
            raise InvalidServingCertificate(trouble)


async def test_a_trouble_is_told_when_it_comes_and_not_at_every_look(
    caplog: pytest.LogCaptureFixture,
) -> None:
    looks = Looks("no key", "no key", "no PEM", "no PEM", None, "no PEM", "no PEM")
    with caplog.at_level(logging.ERROR), pytest.raises(asyncio.CancelledError):
        await look_on(looks, FakeClock())
    told = [record.message.partition(": ")[2] for record in caplog.records]
    assert told == ["no key", "no PEM", "no PEM"]
