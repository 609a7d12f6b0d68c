"""Members of a request's payload, each read as what it must be or refused.

A member that is null counts as absent: several clients write it so.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from acme_server.domain.problems import malformed

_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def string(payload: Mapping[str, Any], name: str) -> str | None:
    """Return a string; None if it is absent.

    Raises:
        ACMEError: malformed.
    """
    value = payload.get(name)
    if value is not None and not isinstance(value, str):
        raise malformed(f"{name!r} must be a string")
    return value


def boolean(payload: Mapping[str, Any], name: str) -> bool:
    """Return a boolean; False if it is absent.

    Raises:
        ACMEError: malformed.
    """
    value = payload.get(name)
    if value is not None and not isinstance(value, bool):
        raise malformed(f"{name!r} must be true or false")
    return bool(value)


def array(payload: Mapping[str, Any], name: str, limit: int) -> list[Any] | None:
    """Return an array of at most `limit` items; None if it is absent.

    Raises:
        ACMEError: malformed.
    """
    value = payload.get(name)
    if value is None:
        return None
    if not isinstance(value, list):
        raise malformed(f"{name!r} must be an array")
    if len(value) > limit:
        raise malformed(f"{name!r} has {len(value)} items; at most {limit} are allowed")
    return value


def time(payload: Mapping[str, Any], name: str) -> datetime | None:
    """Return a date and time of RFC 3339 in UTC; None if it is absent.

    Raises:
        ACMEError: malformed.
    """
    value = string(payload, name)
    if value is None:
        return None
    try:
        if not _DATE_TIME.fullmatch(value):
            raise ValueError
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise malformed(
            f"{name!r} is {value[:50]!r}; it must be a date and time like 2026-01-31T12:00:00Z "
            "(RFC 3339)"
        ) from None
