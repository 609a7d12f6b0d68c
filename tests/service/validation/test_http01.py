import asyncio
import gzip
from collections.abc import AsyncIterator, Mapping
from ipaddress import ip_network
from itertools import repeat
from pathlib import Path

import pytest
import pytest_asyncio

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.problems import ErrorType
from acme_server.ports import ValidationFailure, ValidationRequest
from acme_server.validation.networks import SpecialNetwork
from acme_server.validation.settings import ValidationSettings
from acme_server.validation.validator import ChallengeValidator
from certwright.policy.identifiers import Identifier, IdentifierType
from tests.fakes.clock import FakeClock
from tests.service.validation.targets import (
    HTTPTarget,
    Script,
    answer,
    endless,
    http_target,
    listening,
    redirect,
    send,
    silent,
    tls_context,
)
from tests.unit.validation import alpn
from tests.unit.validation.fakes import TableResolver, addresses

NAME = "www.example.com"
TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
KEY_AUTHORIZATION = f"{TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
PATH = f"/.well-known/acme-challenge/{TOKEN}"
SECRET = "what an internal server says"
PROOF = answer(200, KEY_AUTHORIZATION.encode(), "Content-Type: application/octet-stream")


@pytest_asyncio.fixture
async def target() -> AsyncIterator[HTTPTarget]:
    async with http_target() as served:
        yield served


async def attempt(
    port: int,
    *hosts: str,
    name: str = NAME,
    kind: IdentifierType = IdentifierType.DNS,
    others: Mapping[str, tuple[str, ...]] | None = None,
    resolver: TableResolver | None = None,
    **settings: object,
) -> ValidationFailure | None:
    """Attempt http-01 for a name that has these addresses, with loopback allowed."""
    table = {NAME: hosts or ("127.0.0.1",), **(others or {})}
    hosts_table = {host: addresses(*found) for host, found in table.items()}
    document = {
        "http01Port": port,
        "allowedNetworks": ["127.0.0.0/8", "::1"],
        "timeout": "2s",
        **settings,
    }
    validator = ChallengeValidator.from_settings(
        ValidationSettings.model_validate(document),
        FakeClock(),
        "1.2.3",
        resolver or TableResolver(dict(hosts_table)),
    )
    identifier = Identifier(kind, name)
    return await validator.attempt(
        ValidationRequest(ChallengeType.HTTP_01, identifier, TOKEN, KEY_AUTHORIZATION)
    )


def failed(failure: ValidationFailure | None, kind: ErrorType, sentence: str) -> None:
    assert failure is not None
    assert (failure.type, sentence in failure.detail) == (kind, True), failure
    assert SECRET not in failure.detail


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", " \t\n\n"])
async def test_the_key_authorization_meets_the_challenge_with_white_space_after_it(
    target: HTTPTarget, ending: str
) -> None:
    target.scripts[PATH] = answer(200, (KEY_AUTHORIZATION + ending).encode())
    assert await attempt(target.port) is None


async def test_the_request_is_the_one_of_the_rfc_and_says_who_asks(target: HTTPTarget) -> None:
    target.scripts[PATH] = PROOF
    await attempt(target.port)
    assert target.requests[0].startswith(f"GET {PATH} HTTP/1.1\r\n")
    assert target.headers() == {
        "Host": NAME,
        "User-Agent": "Certwright/1.2.3 (+validation)",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


@pytest.mark.parametrize(
    "framed",
    [
        send(b"HTTP/1.0 200 OK\r\n\r\n" + KEY_AUTHORIZATION.encode()),
        send(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n57\r\n",
            KEY_AUTHORIZATION[:40].encode(),
            KEY_AUTHORIZATION[40:].encode(),
            b"\r\n0\r\n\r\n",
        ),
    ],
    ids=["until the end", "in chunks"],
)
async def test_every_framing_of_the_answer_is_understood(
    target: HTTPTarget, framed: Script
) -> None:
    target.scripts[PATH] = framed
    assert await attempt(target.port) is None


@pytest.mark.parametrize(
    ("host", "header"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")], ids=["IPv4", "IPv6"]
)
async def test_an_address_is_asked_itself_and_is_the_host(host: str, header: str) -> None:
    async with http_target(host) as target:
        target.scripts[PATH] = PROOF
        resolver = TableResolver()
        failure = await attempt(target.port, name=host, kind=IdentifierType.IP, resolver=resolver)
        assert failure is None
        assert target.headers()["Host"] == header
        assert resolver.asked == []


WRONG_ANSWERS = {
    "404": (answer(404, SECRET.encode()), "http://www.example.com: 404"),
    "500": (answer(500, SECRET.encode()), "http://www.example.com: 500"),
    "204": (send(b"HTTP/1.1 204 No\r\n\r\n"), "http://www.example.com: 204"),
    "HTML": (
        answer(200, f"<p>{SECRET}</p>".encode(), "Content-Type: Text/HTML; charset=utf-8"),
        "did not match this challenge: 35 bytes of text/html",
    ),
    "nothing": (answer(200), "did not match this challenge: 0 bytes of no known type"),
    "a strange type": (
        answer(200, b"x", f"Content-Type: {SECRET}"),
        "did not match this challenge: 1 bytes of no known type",
    ),
    "white space before": (answer(200, f" {KEY_AUTHORIZATION}".encode()), "did not match"),
    "more after": (answer(200, f"{KEY_AUTHORIZATION}\nmore".encode()), "did not match"),
    "not text": (answer(200, b"\xff\xfe\x00"), "did not match"),
    "1025 bytes": (
        answer(200, KEY_AUTHORIZATION.encode().ljust(1025), "Content-Type: text/plain"),
        "longer than 1024 bytes (text/plain)",
    ),
}


@pytest.mark.parametrize(("script", "sentence"), WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
async def test_another_answer_is_unauthorized_and_not_echoed(
    target: HTTPTarget, script: Script, sentence: str
) -> None:
    target.scripts[PATH] = script
    failed(await attempt(target.port), ErrorType.UNAUTHORIZED, sentence)


async def test_exactly_1024_bytes_are_read(target: HTTPTarget) -> None:
    target.scripts[PATH] = answer(200, KEY_AUTHORIZATION.encode().ljust(1024))
    assert await attempt(target.port) is None


async def test_ten_megabytes_are_not_read(target: HTTPTarget) -> None:
    target.scripts[PATH] = answer(200, b"x" * 10_000_000)
    failed(await attempt(target.port), ErrorType.UNAUTHORIZED, "longer than 1024 bytes")


async def test_a_body_without_end_is_cut(target: HTTPTarget) -> None:
    chunk = b"400\r\n" + b"x" * 1024 + b"\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    target.scripts[PATH] = endless(head, repeat(chunk))
    failed(await attempt(target.port), ErrorType.UNAUTHORIZED, "longer than 1024 bytes")


async def test_a_gzip_bomb_stays_packed(target: HTTPTarget) -> None:
    bomb = gzip.compress(bytes(700_000))
    assert len(bomb) < 1024
    target.scripts[PATH] = answer(200, bomb, "Content-Encoding: gzip")
    failed(await attempt(target.port), ErrorType.UNAUTHORIZED, f"{len(bomb)} bytes of")


async def test_gzip_is_not_unpacked_even_when_the_proof_is_in_it(target: HTTPTarget) -> None:
    packed = gzip.compress(KEY_AUTHORIZATION.encode())
    target.scripts[PATH] = answer(200, packed, "Content-Encoding: gzip")
    failed(await attempt(target.port), ErrorType.UNAUTHORIZED, "did not match")


SLOW = {
    "a drop at a time": endless(
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", repeat(b"x"), 0.01
    ),
    "no answer": silent(),
    "a head without end": endless(b"HTTP/1.1 200 OK\r\nX: ", repeat(b"x"), 0.01),
    "100 Continue without end": endless(b"", repeat(b"HTTP/1.1 100 Continue\r\n\r\n"), 0.01),
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
async def test_a_slow_target_is_left_when_the_time_is_over(
    target: HTTPTarget, script: Script
) -> None:
    target.scripts[PATH] = script
    failure = await attempt(target.port, timeout="200ms")
    failed(failure, ErrorType.CONNECTION, "No complete answer for www.example.com within 0.2")


NOT_HTTP = {
    "another protocol": send(b"220 mail.example.com ESMTP " + SECRET.encode() + b"\r\n"),
    "long header": endless(b"HTTP/1.1 200 OK\r\n", repeat(b"x" * 1000)),
    "many headers": endless(b"HTTP/1.1 200 OK\r\n", repeat(b"X: y\r\n")),
    "broken chunks": send(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + SECRET.encode() + b"\r\n"
    ),
    "cut short": send(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nx"),
}


@pytest.mark.parametrize("script", NOT_HTTP.values(), ids=NOT_HTTP)
async def test_what_is_not_http_is_an_incorrect_response(
    target: HTTPTarget, script: Script
) -> None:
    target.scripts[PATH] = script
    failed(
        await attempt(target.port),
        ErrorType.INCORRECT_RESPONSE,
        "The answer of http://www.example.com is not valid HTTP/1.1",
    )


async def test_a_target_that_hangs_up_is_a_failed_connection(target: HTTPTarget) -> None:
    target.scripts[PATH] = send()
    failed(await attempt(target.port), ErrorType.CONNECTION, "closed the connection")


async def test_a_closed_port_is_a_refused_connection(target: HTTPTarget) -> None:
    closed = target.port
    async with http_target() as other:
        closed = other.port
    failed(
        await attempt(closed),
        ErrorType.CONNECTION,
        f"No connection to www.example.com: 127.0.0.1:{closed}: connection refused",
    )


async def test_a_broken_ipv6_address_falls_back_to_ipv4(target: HTTPTarget) -> None:
    target.scripts[PATH] = PROOF
    resolver = TableResolver({NAME: addresses("::1", "127.0.0.1")})
    assert await attempt(target.port, resolver=resolver) is None
    assert resolver.asked == [NAME]


async def test_loopback_is_refused_before_connecting_unless_allowed(target: HTTPTarget) -> None:
    target.scripts[PATH] = PROOF
    failure = await attempt(target.port, allowedNetworks=[])
    failed(failure, ErrorType.CONNECTION, "refused unless validation.allowedNetworks lists it")
    assert target.requests == []


async def test_a_denied_network_is_refused(target: HTTPTarget) -> None:
    failure = await attempt(target.port, deniedNetworks=["127.0.0.1"])
    failed(failure, ErrorType.CONNECTION, "which validation.deniedNetworks refuses")
    assert target.requests == []


async def test_proxies_of_the_environment_are_ignored(
    target: HTTPTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with http_target() as proxy:
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        target.scripts[PATH] = PROOF
        assert await attempt(target.port) is None
        assert proxy.requests == []


async def test_cookies_are_not_kept_between_hops(target: HTTPTarget) -> None:
    target.scripts[PATH] = answer(
        302, b"", f"Location: http://{NAME}:{target.port}/x", "Set-Cookie: a=b"
    )
    target.scripts["/x"] = PROOF
    assert await attempt(target.port) is None
    assert "Cookie" not in target.headers()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_followed_with_a_lookup_of_its_own(
    target: HTTPTarget, status: int
) -> None:
    target.scripts[PATH] = redirect(f"http://other.example.com:{target.port}/x?a=b", status)
    target.scripts["/x?a=b"] = PROOF
    resolver = TableResolver(
        {NAME: addresses("127.0.0.1"), "other.example.com": addresses("127.0.0.1")}
    )
    assert await attempt(target.port, resolver=resolver) is None
    assert resolver.asked == [NAME, "other.example.com"]
    assert target.headers()["Host"] == f"other.example.com:{target.port}"


async def test_ten_redirects_are_followed(target: HTTPTarget) -> None:
    hops = [f"http://{NAME}:{target.port}/{number}" for number in range(10)]
    for path, hop in zip([PATH, *(f"/{number}" for number in range(9))], hops, strict=True):
        target.scripts[path] = redirect(hop)
    target.scripts["/9"] = PROOF
    assert await attempt(target.port) is None
    target.scripts["/9"] = redirect(f"http://{NAME}:{target.port}/10")
    target.scripts["/10"] = PROOF
    failed(await attempt(target.port), ErrorType.CONNECTION, "Too many redirects: more than 10")


async def test_a_redirect_loop_is_seen(target: HTTPTarget) -> None:
    target.otherwise = redirect(f"http://{NAME}:{target.port}/again")
    failed(await attempt(target.port), ErrorType.CONNECTION, "Redirect loop detected")
    assert len(target.requests) == 2


BAD_REDIRECTS = {
    "303": (redirect("/x", 303), ErrorType.CONNECTION, "its status is 303"),
    "a file": (redirect("file:///etc/passwd"), ErrorType.CONNECTION, "neither http nor https"),
    "ftp": (redirect("ftp://www.example.com/x"), ErrorType.CONNECTION, "neither http nor https"),
    "another port": (
        redirect("http://www.example.com:8080/"),
        ErrorType.CONNECTION,
        "port is 8080; allowed are 80, 443, ",
    ),
    "metadata": (
        redirect("http://169.254.169.254/latest"),
        ErrorType.CONNECTION,
        "169.254.169.254 is a cloud's metadata service, which is refused unless",
    ),
    "metadata with a dot": (
        redirect("http://169.254.169.254./latest"),
        ErrorType.CONNECTION,
        "169.254.169.254 is a cloud's metadata service, which is refused unless",
    ),
    "metadata in IPv6": (
        redirect("http://[::ffff:a9fe:a9fe]/latest"),
        ErrorType.CONNECTION,
        "(169.254.169.254) is a cloud's metadata service, which is refused unless",
    ),
    "a zone": (redirect("http://[fe80::1%25lo]/"), ErrorType.CONNECTION, "zone"),
    "a user": (redirect("http://user@www.example.com/"), ErrorType.CONNECTION, "user name"),
    "a name of an internal host": (
        redirect("http://internal.example.com/"),
        ErrorType.CONNECTION,
        "169.254.1.1 is a link-local address, which is refused unless",
    ),
    "an unknown name": (redirect("http://2130706433/"), ErrorType.DNS, "no 2130706433"),
    "no target": (answer(302), ErrorType.UNAUTHORIZED, "302 without a Location"),
    "a host for no SNI": (
        redirect(f"https://{'a' * 64}.example.com/"),
        ErrorType.DNS,
        "in the table",
    ),
}


@pytest.mark.parametrize(("script", "kind", "sentence"), BAD_REDIRECTS.values(), ids=BAD_REDIRECTS)
async def test_a_redirect_to_where_none_should_lead_is_not_followed(
    target: HTTPTarget, script: Script, kind: ErrorType, sentence: str
) -> None:
    target.scripts[PATH] = script
    others = {"internal.example.com": ("169.254.1.1",)}
    failed(await attempt(target.port, others=others), kind, sentence)
    assert len(target.requests) == 1


async def test_a_redirect_to_https_is_followed_whatever_its_certificate(
    target: HTTPTarget, tmp_path: Path
) -> None:
    context = tls_context(tmp_path, alpn.certificate())
    async with http_target(tls=context) as secure:
        target.scripts[PATH] = redirect(f"https://{NAME}:{secure.port}/x")
        secure.scripts["/x"] = PROOF
        assert await attempt(target.port, tlsAlpn01Port=secure.port) is None
        assert secure.headers()["Host"] == f"{NAME}:{secure.port}"


async def test_a_redirect_to_https_where_there_is_no_tls_is_a_tls_failure(
    target: HTTPTarget,
) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await send(b"SSH-2.0-OpenSSH\r\n")(writer)

    async with listening(greet) as port:
        target.scripts[PATH] = redirect(f"https://{NAME}:{port}/x")
        failure = await attempt(target.port, tlsAlpn01Port=port)
    failed(failure, ErrorType.TLS, "TLS handshake with https://www.example.com")


async def test_a_redirect_to_https_that_never_shakes_hands_is_a_time_out(
    target: HTTPTarget,
) -> None:
    target.scripts[PATH] = redirect(f"https://{NAME}:{target.port}/x")
    failure = await attempt(target.port, timeout="400ms")
    failed(failure, ErrorType.CONNECTION, "timeout during connect (likely firewall problem)")


async def test_a_route_leads_to_its_target_with_the_name_as_host(target: HTTPTarget) -> None:
    target.scripts[PATH] = PROOF
    resolver = TableResolver()
    failure = await attempt(
        1,
        resolver=resolver,
        routes=[{"suffix": "example.com", "target": f"localhost:{target.port}"}],
        allowedNetworks=[],
    )
    assert failure is None
    assert target.headers()["Host"] == NAME
    assert resolver.asked == []


async def test_a_route_is_for_the_first_hop_only(target: HTTPTarget) -> None:
    target.scripts[PATH] = redirect(f"http://{NAME}:{target.port}/x")
    target.scripts["/x"] = PROOF
    failure = await attempt(
        target.port,
        routes=[{"suffix": "example.com", "target": f"127.0.0.1:{target.port}"}],
        allowedNetworks=[],
    )
    failed(failure, ErrorType.CONNECTION, "refused unless validation.allowedNetworks lists it")
    assert len(target.requests) == 1


async def test_an_address_is_never_routed(target: HTTPTarget) -> None:
    target.scripts[PATH] = PROOF
    failure = await attempt(
        target.port,
        name="127.0.0.1",
        kind=IdentifierType.IP,
        routes=[{"suffix": "1", "target": "127.0.0.2:1"}],
    )
    assert failure is None


async def test_many_attempts_at_once_do_not_disturb_each_other(target: HTTPTarget) -> None:
    target.scripts[PATH] = PROOF
    assert await asyncio.gather(*(attempt(target.port) for _ in range(20))) == [None] * 20


async def test_what_the_assembly_knows_to_be_off_limits_is_refused_unless_allowed() -> None:
    here = SpecialNetwork(ip_network("198.51.100.7"), "the API server")
    validator = ChallengeValidator.from_settings(
        ValidationSettings(),
        FakeClock(),
        "1.2.3",
        TableResolver({NAME: addresses("198.51.100.7")}),
        refused=(here,),
    )
    failure = await validator.attempt(
        ValidationRequest(
            ChallengeType.HTTP_01, Identifier(IdentifierType.DNS, NAME), TOKEN, KEY_AUTHORIZATION
        )
    )
    failed(failure, ErrorType.CONNECTION, "198.51.100.7 is the API server, which is refused unless")
