"""Logs: one line a record, for people or for programs."""

import json
import logging
import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import TextIO


class LogFormat(StrEnum):
    """How a record is written."""

    TEXT = "text"
    JSON = "json"


class _Formatter(logging.Formatter):
    def __init__(self, log_format: LogFormat) -> None:
        super().__init__()
        self._format = log_format

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; a traceback is in it with its line breaks escaped."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if self._format is LogFormat.JSON:
            return json.dumps(line, ensure_ascii=False)
        return " ".join(f"{member}={_quoted(value)}" for member, value in line.items())


def _quoted(value: str) -> str:
    """Quote a value where it would not read as one word."""
    plain = value and not any(each in value for each in ' "=\\') and value.isprintable()
    return value if plain else json.dumps(value, ensure_ascii=False)


def configure(log_format: LogFormat, stream: TextIO | None = None) -> None:
    """Send all logs to `stream`, standard error by default."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Formatter(log_format))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
