"""Logs are one JSON object a line, whatever is logged."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from acme_server.assembly import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    captured = io.StringIO()
    logs.configure(captured)
    yield captured
    root.setLevel(before[0])
    root.handlers[:] = before[1]


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_a_line_with_its_extra_members(stream: io.StringIO) -> None:
    logging.getLogger("acme").info("issued %s", "a.example", extra={"serial": "01", "status": 200})
    (line,) = lines(stream)
    assert (line["level"], line["logger"], line["message"]) == ("info", "acme", "issued a.example")
    assert (line["serial"], line["status"]) == ("01", 200)
    assert line["time"].endswith("+00:00")


def test_an_exception_stays_on_its_line(stream: io.StringIO) -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("acme").exception("it broke")
    (line,) = lines(stream)
    assert "ValueError: two" in line["exception"]


def test_what_is_not_json_is_told_as_text(stream: io.StringIO) -> None:
    logging.getLogger("acme").warning("odd", extra={"value": {1, 2}.__class__})
    (line,) = lines(stream)
    assert "set" in line["value"]
