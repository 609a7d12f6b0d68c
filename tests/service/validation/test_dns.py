from collections.abc import AsyncIterator

import dns.rcode
import pytest
import pytest_asyncio

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.problems import ErrorType
from acme_server.ports import ValidationFailure, ValidationRequest
from acme_server.validation.dns01 import expected_value
from acme_server.validation.settings import ValidationSettings
from acme_server.validation.validator import ChallengeValidator
from certwright.policy.identifiers import Identifier, IdentifierType
from tests.fakes.clock import FakeClock
from tests.service.validation.name_server import SILENCE, NameServer, name_server
from tests.service.validation.targets import answer, http_target

NAME = "www.example.com"
KEY_AUTHORIZATION = "token.thumbprint"
EXPECTED = expected_value(KEY_AUTHORIZATION).decode()
RECORD = f"_acme-challenge.{NAME}"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[NameServer]:
    async with name_server() as served:
        yield served


async def attempt(
    server: NameServer, kind: ChallengeType = ChallengeType.DNS_01, **settings: object
) -> ValidationFailure | None:
    document = {"resolvers": [str(server.endpoint)], "timeout": "1s", **settings}
    validator = ChallengeValidator.from_settings(
        ValidationSettings.model_validate(document), FakeClock(), "1.2.3"
    )
    identifier = Identifier(IdentifierType.DNS, NAME)
    return await validator.attempt(ValidationRequest(kind, identifier, "token", KEY_AUTHORIZATION))


HALF = len(EXPECTED) // 2

MET: dict[str, dict[str, list[str] | dns.rcode.Rcode | str]] = {
    "one value": {f"{RECORD} TXT": [EXPECTED]},
    "one of several": {f"{RECORD} TXT": ["other", EXPECTED, '"v=spf1 -all"']},
    "in two strings": {f"{RECORD} TXT": [f'"{EXPECTED[:HALF]}" "{EXPECTED[HALF:]}"']},
    "behind a CNAME": {
        f"{RECORD} CNAME": ["www.validation.example.net."],
        "www.validation.example.net TXT": [EXPECTED],
    },
}


@pytest.mark.parametrize("records", MET.values(), ids=MET)
async def test_the_digest_among_the_txt_records_meets_the_challenge(
    server: NameServer, records: dict[str, list[str] | dns.rcode.Rcode | str]
) -> None:
    server.records = records
    assert await attempt(server) is None
    assert server.asked == [f"{RECORD} TXT UDP"]


NOT_MET: dict[str, tuple[list[str] | dns.rcode.Rcode | str | None, ErrorType, str]] = {
    "NXDOMAIN": (None, ErrorType.UNAUTHORIZED, "the name doesn't exist (NXDOMAIN)"),
    "SERVFAIL": (dns.rcode.SERVFAIL, ErrorType.DNS, f"TXT records of {RECORD}: SERVFAIL"),
    "silence": (SILENCE, ErrorType.DNS, "no resolver answered in time"),
    "another value": (["secret"], ErrorType.UNAUTHORIZED, "Incorrect TXT record found"),
}


@pytest.mark.parametrize(("record", "kind", "sentence"), NOT_MET.values(), ids=NOT_MET)
async def test_the_ways_not_to_meet_it_are_told_apart(
    server: NameServer,
    record: list[str] | dns.rcode.Rcode | str | None,
    kind: ErrorType,
    sentence: str,
) -> None:
    if record is not None:
        server.records = {f"{RECORD} TXT": record}
    failure = await attempt(server)
    assert failure is not None
    assert failure.type is kind
    assert sentence in failure.detail
    assert "secret" not in failure.detail


async def test_a_name_without_txt_records_is_unauthorized(server: NameServer) -> None:
    server.records = {f"{RECORD} A": ["10.0.0.1"]}
    expected = ValidationFailure(ErrorType.UNAUTHORIZED, f"DNS has no TXT records of {RECORD}")
    assert await attempt(server) == expected


async def test_a_second_answer_that_leads_elsewhere_is_never_asked_for(
    server: NameServer,
) -> None:
    server.records = {f"{NAME} A": ["127.0.0.1"]}
    server.later = {f"{NAME} A": ["127.0.0.2"]}
    async with http_target() as target:
        target.scripts["/.well-known/acme-challenge/token"] = answer(
            200, KEY_AUTHORIZATION.encode()
        )
        failure = await attempt(
            server,
            ChallengeType.HTTP_01,
            http01Port=target.port,
            allowedNetworks=["127.0.0.1"],
        )
    assert failure is None
    assert sorted(server.asked) == [f"{NAME} A UDP", f"{NAME} AAAA UDP"]


@pytest.mark.parametrize(
    ("record", "address"),
    [
        ("A", "127.0.0.1"),
        ("AAAA", "::1"),
        ("A", "169.254.169.254"),
        ("AAAA", "fe80::1"),
        ("AAAA", "::ffff:127.0.0.1"),
        ("A", "0.0.0.0"),
    ],
)
@pytest.mark.parametrize("kind", [ChallengeType.HTTP_01, ChallengeType.TLS_ALPN_01])
async def test_a_name_that_leads_to_a_refused_address_is_refused_before_connecting(
    server: NameServer, kind: ChallengeType, record: str, address: str
) -> None:
    server.records = {f"{NAME} {record}": [address]}
    failure = await attempt(server, kind)
    assert failure is not None
    assert failure.type is ErrorType.CONNECTION
    assert failure.detail.startswith(f"No connection to {NAME}: ")
    assert failure.detail.endswith("refused unless validation.allowedNetworks lists it")
