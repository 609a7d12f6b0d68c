"""Measured ports do what the ones they are around do, and count it."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

from acme_server.domain.audit import Actor, AuditEvent, AuditKind, Matter
from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.document import Kind
from acme_server.domain.problems import ErrorType
from acme_server.metrics.instruments import Instruments
from acme_server.metrics.measured import (
    MeasuredAudit,
    MeasuredNonces,
    MeasuredStore,
    MeasuredValidator,
)
from acme_server.ports import (
    Answered,
    NonceRejected,
    Record,
    Selection,
    StoreUnavailable,
    ValidationRequest,
)
from acme_server.stores.memory import MemoryStore
from certwright.policy.identifiers import Identifier, IdentifierType
from tests.fakes.audit import FakeAudit
from tests.fakes.faulty_store import Fault, FaultyStore
from tests.fakes.nonces import FakeNonces
from tests.fakes.validator import FakeValidator, never
from tests.service.metrics.samples import samples, value
from tests.service.stores.contract import StoreContract

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RECORD = Record(Kind.ORDER, "1", b"{}")


@pytest.fixture
def instruments() -> Instruments:
    return Instruments()


def event(kind: AuditKind, what: Matter | None = None) -> AuditEvent:
    return AuditEvent(NOW, kind, Actor("pki/web", account="a1"), what or Matter())


def test_certificates_are_counted_by_profile(instruments: Instruments) -> None:
    inner = FakeAudit()
    audit = MeasuredAudit(inner, instruments)
    for kind in (AuditKind.CERTIFICATE_ISSUED,) * 2 + (AuditKind.CERTIFICATE_REVOKED,):
        audit.record(event(kind, Matter(identifiers=("a.test",), serial="5f01")))
    assert len(inner.events) == 3
    assert value(instruments, "certificates_issued_total", profile="pki/web") == 2
    assert value(instruments, "certificates_revoked_total", profile="pki/web") == 1
    assert value(instruments, "audit_events_total", event="certificateIssued") == 2


def test_challenges_are_counted_by_type_and_result(instruments: Instruments) -> None:
    audit = MeasuredAudit(FakeAudit(), instruments)
    met = Matter(challenge=ChallengeType.HTTP_01)
    failed = Matter(challenge=ChallengeType.DNS_01, problem=ErrorType.DNS)
    audit.record(event(AuditKind.CHALLENGE_MET, met))
    audit.record(event(AuditKind.CHALLENGE_FAILED, failed))
    assert value(instruments, "challenges_total", type="http-01", result="met") == 1
    assert value(instruments, "challenges_total", type="dns-01", result="dns") == 1


async def test_nonces_are_counted_by_what_became_of_them(instruments: Instruments) -> None:
    nonces = MeasuredNonces(FakeNonces(), instruments)
    nonce = nonces.issue(authenticated=False)
    nonces.issue(authenticated=True)
    await nonces.redeem(nonce)
    for _ in range(3):
        with pytest.raises(NonceRejected):
            await nonces.redeem(nonce)
    counted = [
        value(instruments, "nonces_total", result=result)
        for result in ("issued", "redeemed", "rejected")
    ]
    assert counted == [2, 1, 3]


async def test_attempts_are_timed_by_type_and_result(instruments: Instruments) -> None:
    inner = FakeValidator()
    validator = MeasuredValidator(inner, instruments)
    name = Identifier(IdentifierType.DNS, "a.test")
    request = ValidationRequest(ChallengeType.HTTP_01, name, "token", "token.thumbprint")
    assert await validator.attempt(request) is None
    inner.script = never
    failure = await validator.attempt(request)
    assert failure is not None
    assert failure.type is ErrorType.CONNECTION
    counts = [
        value(instruments, "validation_attempt_seconds_count", type="http-01", result=result)
        for result in ("met", "connection")
    ]
    assert counts == [1, 1]


Call = Callable[[MeasuredStore], Coroutine[Any, Any, object]]


async def scanned(store: MeasuredStore) -> list[object]:
    return [each async for each in store.scan(Selection(Kind.ORDER))]


CALLS: dict[str, Call] = {
    "get": lambda store: store.get(Kind.ORDER, "1"),
    "create": lambda store: store.create(RECORD),
    "replace": lambda store: store.replace(RECORD, "1"),
    "delete": lambda store: store.delete(Kind.ORDER, "1", "1"),
    "scan": scanned,
}


@pytest.mark.parametrize("verb", CALLS)
async def test_a_store_that_is_away_is_counted_by_verb(instruments: Instruments, verb: str) -> None:
    faulty = FaultyStore(MemoryStore(), {1: Fault.LOST})
    faulty.reads_fail = True
    with pytest.raises(StoreUnavailable):
        await CALLS[verb](MeasuredStore(faulty, instruments))
    assert value(instruments, "store_errors_total", verb=verb) == 1


class TestMeasuredStore(StoreContract):
    """A measured store is a store."""

    @pytest.fixture
    def store(self, instruments: Instruments) -> MeasuredStore:
        return MeasuredStore(MemoryStore(), instruments)


def test_requests_are_timed_by_resource_method_and_class_of_status(
    instruments: Instruments,
) -> None:
    instruments.answered(Answered("newOrder", "POST", 201, None, 0.003))
    instruments.answered(Answered("newOrder", "POST", 403, ErrorType.UNAUTHORIZED, 0.001))
    instruments.answered(Answered(None, "BREW", 404, ErrorType.MALFORMED, 0.001))
    where = {"resource": "newOrder", "method": "POST"}
    assert value(instruments, "request_seconds_sum", **where, status="2xx") == 0.003
    assert value(instruments, "request_seconds_count", **where, status="4xx") == 1
    assert value(instruments, "problems_total", resource="newOrder", type="unauthorized") == 1
    other = {"resource": "other", "method": "other", "status": "4xx"}
    assert value(instruments, "request_seconds_count", **other) == 1


def test_no_label_holds_an_account_a_name_or_a_serial_number(instruments: Instruments) -> None:
    audit = MeasuredAudit(FakeAudit(), instruments)
    what = Matter(
        resource="finalize",
        order="0a41",
        identifiers=("secret-name.test",),
        serial="5f01",
        issuer="pki.root.90e1",
        challenge=ChallengeType.HTTP_01,
        new_key="thumb",
        problem=ErrorType.UNAUTHORIZED,
        detail="why",
        rules=("template pki/t",),
    )
    for kind in AuditKind:
        audit.record(event(kind, what))
    labels = {label for sample in samples(instruments) for label in sample.labels.values()}
    assert labels == {*map(str, AuditKind), "pki/web", "http-01", "unauthorized"}
