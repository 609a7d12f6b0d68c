import asyncio
import ssl
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.problems import ErrorType
from acme_server.ports import ValidationFailure, ValidationRequest
from acme_server.validation.settings import ValidationSettings
from acme_server.validation.validator import ChallengeValidator
from certwright.policy.identifiers import Identifier, IdentifierType
from tests.fakes.clock import FakeClock
from tests.service.validation.targets import listening, tls_context, tls_target
from tests.unit.validation import alpn
from tests.unit.validation.fakes import NOW, TableResolver, addresses

WWW = Identifier(IdentifierType.DNS, alpn.NAME)
ADDRESS = Identifier(IdentifierType.IP, "127.0.0.1")
PROTOCOL = "acme-tls/1"


async def attempt(
    port: int, identifier: Identifier = WWW, **settings: object
) -> ValidationFailure | None:
    document = {
        "tlsAlpn01Port": port,
        "allowedNetworks": ["127.0.0.0/8"],
        "timeout": "2s",
        **settings,
    }
    validator = ChallengeValidator.from_settings(
        ValidationSettings.model_validate(document),
        FakeClock(NOW),
        "1.2.3",
        TableResolver({alpn.NAME: addresses("127.0.0.1")}),
    )
    return await validator.attempt(
        ValidationRequest(ChallengeType.TLS_ALPN_01, identifier, "token", alpn.KEY_AUTHORIZATION)
    )


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_the_certificate_of_the_rfc_meets_the_challenge(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    context = tls_context(tmp_path, alpn.certificate(), PROTOCOL)
    context.minimum_version = context.maximum_version = version
    async with tls_target(context) as target:
        assert await attempt(target.port) is None
        assert target.names == [alpn.NAME]


async def test_an_address_is_asked_for_by_its_reverse_dns_name(tmp_path: Path) -> None:
    names = alpn.names(x509.IPAddress(ip_address("127.0.0.1")))
    context = tls_context(tmp_path, alpn.certificate([names, alpn.digest()]), PROTOCOL)
    async with tls_target(context) as target:
        assert await attempt(target.port, ADDRESS) is None
        assert target.names == ["1.0.0.127.in-addr.arpa"]


@pytest.mark.parametrize("protocols", [(), ("http/1.1",), ("h2", "http/1.1")])
async def test_a_server_that_does_not_negotiate_the_protocol_proves_nothing(
    tmp_path: Path, protocols: tuple[str, ...]
) -> None:
    context = tls_context(tmp_path, alpn.certificate(), *protocols)
    async with tls_target(context) as target:
        failure = await attempt(target.port)
    assert failure == ValidationFailure(
        ErrorType.UNAUTHORIZED,
        f"{alpn.NAME}:{target.port} did not negotiate the ALPN protocol acme-tls/1",
    )


SINGLE = alpn.names(x509.DNSName(alpn.NAME))

WRONG = {
    "an extra name": (
        alpn.certificate(
            [alpn.names(x509.DNSName(alpn.NAME), x509.DNSName("b.example")), alpn.digest()]
        ),
        "has 2 names",
    ),
    "not critical": (
        alpn.certificate([SINGLE, alpn.digest(critical=False)]),
        "extension is not critical",
    ),
    "expired": (alpn.certificate(until=NOW - timedelta(days=1)), "has expired"),
    "signed by another": (alpn.certificate(signer="ca", issuer="ca"), "is not self-signed"),
}


@pytest.mark.parametrize(("shown", "sentence"), WRONG.values(), ids=WRONG)
async def test_another_certificate_proves_nothing(
    tmp_path: Path, shown: x509.Certificate, sentence: str
) -> None:
    async with tls_target(tls_context(tmp_path, shown, PROTOCOL)) as target:
        failure = await attempt(target.port)
    assert failure is not None
    assert failure.type is ErrorType.UNAUTHORIZED
    assert failure.detail.startswith(
        f"Incorrect validation certificate from {alpn.NAME}:{target.port}: its certificate"
    )
    assert sentence in failure.detail


async def scripted(behaviour: bytes | None, **settings: object) -> ValidationFailure | None:
    """Attempt at a server that sends these bytes and hangs up, or with None says nothing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if behaviour is None:
            await reader.read()
        else:
            writer.write(behaviour)

    async with listening(serve) as port:
        return await attempt(port, WWW, **settings)


@pytest.mark.parametrize(
    ("behaviour", "kind", "sentence"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", ErrorType.TLS, "wrong version number"),
        (b"\x15\x03\x03\x00\x02\x02\x28", ErrorType.TLS, "alert handshake failure"),
        (b"\x15\x03\x03\x00\x02\x02\x78", ErrorType.UNAUTHORIZED, "did not negotiate the ALPN"),
        (b"\x16\x03\x03\x00\x01", ErrorType.CONNECTION, "closed the connection"),
        (b"", ErrorType.CONNECTION, "closed the connection during the TLS handshake"),
    ],
    ids=["not TLS", "an alert", "no such protocol", "a beginning", "nothing"],
)
async def test_a_failed_handshake_says_why(
    behaviour: bytes, kind: ErrorType, sentence: str
) -> None:
    failure = await scripted(behaviour)
    assert failure is not None
    assert (failure.type, sentence in failure.detail) == (kind, True), failure


async def test_a_handshake_that_never_ends_is_ended() -> None:
    failure = await scripted(None, timeout="200ms")
    assert failure is not None
    assert failure.type is ErrorType.CONNECTION
    assert failure.detail.startswith("No complete answer for www.example.com within 0.2 seconds")


async def test_a_closed_port_is_a_refused_connection(tmp_path: Path) -> None:
    async with tls_target(tls_context(tmp_path, alpn.certificate(), PROTOCOL)) as target:
        port = target.port
    failure = await attempt(port)
    assert failure == ValidationFailure(
        ErrorType.CONNECTION,
        f"No connection to {alpn.NAME}: 127.0.0.1:{port}: connection refused",
    )
