"""Listening, TLS and stopping."""

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from acme_server.protocol.replies import Reply
from acme_server.protocol.resources import Resource
from acme_server.web import application, server, tls
from acme_server.web.limits import Limits
from acme_server.web.server import CannotListen
from acme_server.web.tls import InvalidServingCertificate
from tests.service.web.conftest import Start
from tests.service.web.services import JOSE, PROFILE, FakeServices

NOT_ENCRYPTED = NoEncryption()


def write_pair(
    folder: Path, name: str, encryption: KeySerializationEncryption = NOT_ENCRYPTED
) -> tuple[Path, Path]:
    """Write a self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    return paths


async def served_name(port: int, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> str:
    """Return the common name of the certificate that a port serves."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = version
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    del reader
    names = x509.load_der_x509_certificate(der).subject
    return str(names.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


async def test_a_certificate_is_replaced_while_serving(
    services: FakeServices, tmp_path: Path
) -> None:
    first, second = write_pair(tmp_path, "first"), write_pair(tmp_path, "second")
    context = tls.context(*first)
    running = await server.start(application.make(services), server.bind("127.0.0.1", 0), context)
    try:
        assert await served_name(running.port) == "first"
        assert await served_name(running.port, ssl.TLSVersion.TLSv1_2) == "first"
        tls.reload(context, *second)
        assert await served_name(running.port) == "second"
        with pytest.raises(InvalidServingCertificate):
            tls.reload(context, first[0], second[1])
        assert await served_name(running.port) == "second"
    finally:
        await running.close(1)


async def test_old_versions_of_tls_are_refused(tmp_path: Path) -> None:
    context = tls.context(*write_pair(tmp_path, "name"))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_pair_that_cannot_serve_is_refused_with_both_files_named(tmp_path: Path) -> None:
    certificate, key = write_pair(tmp_path, "name")
    other = write_pair(tmp_path, "other")[1]
    encrypted = write_pair(tmp_path, "locked", BestAvailableEncryption(b"password"))
    empty = tmp_path / "empty.pem"
    empty.write_bytes(b"")
    for pair in (
        (certificate, other),
        (certificate, tmp_path / "absent.key"),
        (tmp_path / "absent.pem", key),
        (empty, key),
        (certificate, empty),
        encrypted,
    ):
        with pytest.raises(InvalidServingCertificate) as raised:
            tls.context(*pair)
        assert str(pair[0]) in str(raised.value)
        assert str(pair[1]) in str(raised.value)


async def test_a_busy_port_is_told_with_its_number(start: Start, services: FakeServices) -> None:
    running = await start(Limits())
    with pytest.raises(CannotListen, match=str(running.port)):
        await server.start(application.make(services), server.bind("127.0.0.1", running.port), None)


class SlowServices(FakeServices):
    """Services that answer once they are told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.release = asyncio.Event(), asyncio.Event()

    async def handle_post(
        self,
        resource: Resource,
        parameters: Mapping[str, str],
        namespace: str,
        profile: str,
        body: bytes,
        client: str | None = None,
    ) -> Reply:
        self.asked.set()
        await self.release.wait()
        return await super().handle_post(resource, parameters, namespace, profile, body, client)


async def post(port: int) -> int:
    url = f"http://127.0.0.1:{port}{PROFILE}/new-order"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=b"{}", headers=JOSE) as answer,
    ):
        return answer.status


async def test_stopping_lets_requests_in_flight_finish_and_takes_no_new_ones() -> None:
    services = SlowServices()
    running = await server.start(application.make(services), server.bind("127.0.0.1", 0), None)
    in_flight = asyncio.create_task(post(running.port))
    await services.asked.wait()
    closing = asyncio.create_task(running.close(grace=30))
    await asyncio.sleep(0)
    with pytest.raises(aiohttp.ClientConnectorError):
        await post(running.port)
    services.release.set()
    assert await in_flight == HTTPStatus.OK
    await closing


async def test_stopping_waits_no_longer_than_the_grace() -> None:
    services = SlowServices()
    running = await server.start(application.make(services), server.bind("127.0.0.1", 0), None)
    in_flight = asyncio.create_task(post(running.port))
    await services.asked.wait()
    await running.close(grace=0.05)
    with pytest.raises(aiohttp.ClientError):
        await in_flight
    assert services.calls == []


async def test_a_request_that_comes_as_the_server_stops_is_answered_and_told_to_close(
    start: Start,
) -> None:
    running = await start(Limits())
    url = f"http://127.0.0.1:{running.port}{PROFILE}/directory"
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as before:
            assert before.headers.get("Connection") != "close"
        closing = asyncio.create_task(running.close(grace=30))
        await asyncio.sleep(0)
        async with session.get(url) as during:
            assert during.status == HTTPStatus.OK
            assert during.headers["Connection"] == "close"
    await closing


async def test_stopping_hangs_up_on_idle_connections(start: Start) -> None:
    running = await start(Limits())
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    await asyncio.sleep(0)
    await running.close(grace=30)
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
