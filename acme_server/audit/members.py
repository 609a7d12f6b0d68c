"""An audit event as the members of a JSON object."""

from dataclasses import fields
from typing import Any, Final

from acme_server.domain.audit import Actor, AuditEvent, Matter

#: Characters of a detail. It can hold what a client sent, a hundred names among it.
LONGEST: Final = 2000


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


_ACTOR: Final = tuple((each.name, _camel(each.name)) for each in fields(Actor))
_MATTER: Final = tuple((each.name, _camel(each.name)) for each in fields(Matter))


def members(event: AuditEvent) -> dict[str, Any]:
    """Return what an event says, JSON's types only; what it has nothing to say of is left out."""
    found: dict[str, Any] = {
        "time": event.time.isoformat(timespec="milliseconds"),
        "event": event.kind.value,
    }
    for part, names in ((event.who, _ACTOR), (event.what, _MATTER)):
        for name, member in names:
            value = getattr(part, name)
            if value is not None and value != ():
                found[member] = _plain(value)
    return found


def _plain(value: str | int | tuple[str, ...]) -> str | int | list[str]:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:LONGEST]}…"
    return value
