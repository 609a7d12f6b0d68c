import asyncio
import logging
from dataclasses import dataclass

import pytest

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.problems import ErrorType
from acme_server.ports import ValidationFailure, ValidationRequest
from acme_server.validation.failures import AttemptFailed
from acme_server.validation.settings import ValidationSettings
from acme_server.validation.validator import ChallengeValidator
from certwright.policy.identifiers import Identifier, IdentifierType
from tests.fakes.clock import FakeClock
from tests.unit.validation.fakes import TableResolver


@dataclass
class Outcome:
    """A method that ends in one way: met, with an error, or never."""

    error: Exception | None = None
    forever: bool = False

    async def prove(self, request: ValidationRequest) -> None:
        del request
        if self.forever:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error


def request(kind: ChallengeType = ChallengeType.HTTP_01) -> ValidationRequest:
    identifier = Identifier(IdentifierType.DNS, "www.example.com")
    return ValidationRequest(kind, identifier, "token", "token.thumbprint")


def validator(outcome: Outcome) -> ChallengeValidator:
    return ChallengeValidator(dict.fromkeys(ChallengeType, outcome), timeout=0.01)


async def test_a_challenge_that_is_met_has_no_failure() -> None:
    assert await validator(Outcome()).attempt(request()) is None


async def test_a_failed_attempt_is_a_value_and_a_line_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    failed = Outcome(AttemptFailed(ErrorType.TLS, "no TLS"))
    expected = ValidationFailure(ErrorType.TLS, "no TLS")
    assert await validator(failed).attempt(request()) == expected
    assert caplog.messages == ["attempt at http-01 for www.example.com failed: tls: no TLS"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ChallengeType.HTTP_01, ErrorType.CONNECTION),
        (ChallengeType.DNS_01, ErrorType.DNS),
        (ChallengeType.TLS_ALPN_01, ErrorType.CONNECTION),
    ],
)
async def test_an_attempt_that_never_ends_is_ended(
    kind: ChallengeType, expected: ErrorType
) -> None:
    failure = await validator(Outcome(forever=True)).attempt(request(kind))
    assert failure == ValidationFailure(
        expected,
        "No complete answer for www.example.com within 0.01 seconds "
        "(the server may be slow or overloaded)",
    )


async def test_a_defect_is_a_failure_without_internals_and_a_line_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = Outcome(ZeroDivisionError("internal"))
    failure = await validator(broken).attempt(request())
    assert failure is not None
    assert failure.type is ErrorType.SERVER_INTERNAL
    assert "internal" not in failure.detail.replace("inside", "")
    assert caplog.messages[0] == "attempt at http-01 for www.example.com broke"
    assert caplog.records[0].exc_info is not None


async def test_a_cancelled_attempt_is_cancelled() -> None:
    attempt = asyncio.create_task(
        ChallengeValidator({ChallengeType.HTTP_01: Outcome(forever=True)}, 60).attempt(request())
    )
    await asyncio.sleep(0)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt


async def test_an_address_needs_no_resolver() -> None:
    made = ChallengeValidator.from_settings(ValidationSettings(), FakeClock(), "1.2.3")
    identifier = Identifier(IdentifierType.IP, "127.0.0.1")
    failure = await made.attempt(
        ValidationRequest(ChallengeType.HTTP_01, identifier, "token", "token.thumbprint")
    )
    assert failure is not None
    assert "127.0.0.1 is a loopback address" in failure.detail


@pytest.mark.parametrize("kind", ChallengeType)
async def test_settings_make_a_validator_for_every_type(kind: ChallengeType) -> None:
    resolver = TableResolver()
    made = ChallengeValidator.from_settings(ValidationSettings(), FakeClock(), "1.2.3", resolver)
    failure = await made.attempt(request(kind))
    assert failure is not None
    assert failure.detail.startswith("no ")
    assert len(resolver.asked) == 1
