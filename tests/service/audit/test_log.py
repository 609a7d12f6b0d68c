"""The audit log among the other logs."""

import io
import json
import logging
from datetime import UTC, datetime

import pytest

from acme_server.assembly.logs import JSONFormatter
from acme_server.audit.log import LOGGER, LogAudit
from acme_server.audit.members import LONGEST
from acme_server.domain.audit import Actor, AuditEvent, AuditKind, Matter
from acme_server.domain.problems import ErrorType

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def test_an_event_is_a_record_of_a_logger_of_its_own(stream: io.StringIO) -> None:
    logger = logging.getLogger(LOGGER)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JSONFormatter())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    what = Matter(resource="newOrder", problem=ErrorType.MALFORMED, detail="x" * 3000)
    try:
        LogAudit().record(AuditEvent(NOW, AuditKind.REFUSED, Actor("pki/web"), what))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert (line["logger"], line["message"]) == ("acme_server.audit", "refused")
    assert (line["event"], line["profile"]) == ("refused", "pki/web")
    assert line["problem"] == "malformed"
    assert line["time"] == "2026-11-23T12:00:00.000+00:00"
    assert len(line["detail"]) == LONGEST + 1


def test_every_member_fits_in_a_record(caplog: pytest.LogCaptureFixture) -> None:
    """A record refuses members that are its own, `name` and `message` among them."""
    what = Matter(
        resource="newOrder",
        order="1",
        identifiers=("a.test",),
        serial="01",
        issuer="pki.root",
        new_key="t",
        reason=0,
        problem=ErrorType.MALFORMED,
        detail="d",
        rules=("template t",),
    )
    who = Actor("pki/web", "a", "ns.name", "teams", "t", "127.0.0.1")
    with caplog.at_level(logging.INFO, LOGGER):
        LogAudit().record(AuditEvent(NOW, AuditKind.REFUSED, who, what))
    (record,) = caplog.records
    assert (vars(record)["newKey"], vars(record)["reason"]) == ("t", 0)
