"""An audit event as the members of a JSON object."""

from dataclasses import fields
from typing import Any, Final

from acme_server.domain.audit import Actor, AuditEvent, Matter

#: Characters of a detail. It can hold what a client sent, a hundred names among it.
LONGEST: Final = 2000


def members(event: AuditEvent) -> dict[str, Any]:
    """Return what an event says, JSON's types only; what it has nothing to say of is left out."""
    found: dict[str, Any] = {
        "time": event.time.isoformat(timespec="milliseconds"),
        "event": event.kind.value,
    }
    for part in (event.who, event.what):
        found |= _members(part)
    return found


def _members(part: Actor | Matter) -> dict[str, Any]:
    values = {_camel(each.name): getattr(part, each.name) for each in fields(part)}
    return {name: _plain(value) for name, value in values.items() if value not in (None, ())}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _plain(value: str | int | tuple[str, ...]) -> str | int | list[str]:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:LONGEST]}…"
    return value
