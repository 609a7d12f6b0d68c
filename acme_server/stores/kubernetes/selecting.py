"""How the API selects: marks as labels, selections as label selectors, places in a list."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from acme_server.ports import Record, Select, Selection
from acme_server.stores.kubernetes.kinds import GROUP

OWNER = f"{GROUP}/owner"
WORK = f"{GROUP}/work"
DUE = f"{GROUP}/due"

_HOUR = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d)Z")
_NUMBER = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)")


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of a record."""

    owner: str | None
    work: str | None
    due: str | None


def labels(record: Record) -> dict[str, str]:
    """Return a record's marks as labels; raise ValueError when `due` is not an hour."""
    due = None if record.due is None else _number(record.due)
    marks = {OWNER: record.owner, WORK: record.work, DUE: due}
    return {name: value for name, value in marks.items() if value is not None}


def marks(labelled: Mapping[str, str]) -> Marks:
    """Return the marks that an object's labels stand for."""
    due = labelled.get(DUE)
    return Marks(labelled.get(OWNER), labelled.get(WORK), None if due is None else _hour(due))


def selector(selection: Selection) -> str | None:
    """Return the label selector of a selection, None for everything."""
    match selection.select:
        case Select.EVERYTHING:
            return None
        case Select.OWNED_BY:
            return f"{OWNER}={selection.value}"
        case Select.PENDING_WORK:
            return f"{WORK}={selection.value}"
        case Select.DUE_BEFORE:
            return f"{DUE}<{_number(selection.value)}"


def place_after(name: str) -> str:
    """Return the continue token of a list that goes on behind a name, as things are by then.

    Nothing in the API's documented parameters starts a list at a name. The token is what the API
    server gives out itself with a 410 (resource version -1: the latest); its form is "a public API
    struct and cannot change" (k8s.io/apiserver/pkg/storage/continue.go).
    """
    token = {"v": "meta.k8s.io/v1", "rv": -1, "start": f"{name}\0"}
    return base64.urlsafe_b64encode(json.dumps(token).encode()).decode().rstrip("=")


def _number(hour: str) -> str:
    """Return an hour, `2026-11-23T17Z`, as the number `2026112317`.

    Selectors order integers and no text, and label values can't hold every sign.
    """
    found = _HOUR.fullmatch(hour)
    if found is None:
        raise ValueError(f"{hour!r} is not an hour as in 2026-11-23T17Z")
    return "".join(found.groups())


def _hour(number: str) -> str | None:
    found = _NUMBER.fullmatch(number)
    return None if found is None else "{}-{}-{}T{}Z".format(*found.groups())
