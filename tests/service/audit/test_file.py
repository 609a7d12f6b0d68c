"""The audit log's file: appended to, followed when it is moved, and never silently short."""

import json
import logging
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from acme_server.audit.file import AuditFileUnusable, FileAudit
from acme_server.domain.audit import Actor, AuditEvent, AuditKind, Matter

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def event(order: str = "1", detail: str | None = None) -> AuditEvent:
    what = Matter(order=order, detail=detail)
    return AuditEvent(NOW, AuditKind.ORDER_CREATED, Actor("pki/web", account="a"), what)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


@pytest.fixture
def audit(file: Path) -> Iterator[FileAudit]:
    made = FileAudit(file)
    made.open()
    yield made
    made.close()


def test_each_event_is_a_line_of_json(audit: FileAudit, file: Path) -> None:
    audit.record(event("1"))
    audit.record(event("2"))
    assert lines(file) == [
        {
            "time": "2026-11-23T12:00:00.000+00:00",
            "event": "orderCreated",
            "profile": "pki/web",
            "account": "a",
            "order": order,
        }
        for order in ("1", "2")
    ]


def test_the_file_is_its_owner_s_alone(audit: FileAudit, file: Path) -> None:
    audit.record(event())
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_was_there_stays(file: Path) -> None:
    file.write_text("{}\n")
    audit = FileAudit(file)
    audit.record(event())
    audit.close()
    assert len(lines(file)) == 2


def test_what_a_client_sent_stays_on_its_line(audit: FileAudit, file: Path) -> None:
    said = 'two\nlines, "quotes", \u2028, \x9b and \ud800'
    audit.record(event(detail=said))
    (line,) = lines(file)
    assert line["detail"] == said
    assert file.read_bytes().isascii()


def test_a_file_that_is_moved_away_is_begun_anew(
    audit: FileAudit, file: Path, tmp_path: Path
) -> None:
    audit.record(event("1"))
    moved = file.rename(tmp_path / "audit.log.1")
    audit.record(event("2"))
    file.unlink()
    file.write_text("")
    audit.record(event("3"))
    assert [line["order"] for line in lines(moved)] == ["1"]
    assert [line["order"] for line in lines(file)] == ["3"]


def test_a_file_that_cannot_be_opened_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(AuditFileUnusable, match=r"none/audit\.log can't be written to: No such"):
        FileAudit(tmp_path / "none" / "audit.log").open()


def test_an_event_that_cannot_be_written_stands_in_the_other_log_whole(
    audit: FileAudit, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.unlink()
    file.mkdir()
    audit.record(event("1"))
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "audit.log can't be written to: Is a directory" in record.getMessage()
    assert vars(record)["lost"]["order"] == "1"
    file.rmdir()
    audit.record(event("2"))
    assert [line["order"] for line in lines(file)] == ["2"]


def test_a_line_that_a_full_disk_cut_off_does_not_spoil_the_next(
    audit: FileAudit, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with files_of_at_most(50):
        audit.record(event("1"))
    audit.record(event("2"))
    torn, whole = file.read_text().splitlines()
    assert len(torn) == 50
    assert json.loads(whole)["order"] == "2"
    assert [vars(record)["lost"]["order"] for record in caplog.records] == ["1"]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Have the system refuse to make files any longer, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_closed_log_opens_its_file_again(audit: FileAudit, file: Path) -> None:
    audit.close()
    audit.close()
    audit.record(event())
    assert len(lines(file)) == 1
    assert os.access(file, os.W_OK)
