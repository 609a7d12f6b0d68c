"""What the API server's answers say (Kubernetes API conventions: "Response Status Kind")."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic_core import from_json

Object = dict[str, Any]
"""An object of the API, as JSON has it."""

#: Answers whose message may quote what was sent, which is nobody's to read in a log.
_QUOTING = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}

_LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API server answered."""

    status: int
    body: bytes


def content(answer: Answer) -> Object | None:
    """Return the JSON object that an answer holds, or None."""
    try:
        found = from_json(answer.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def reason(answer: Answer) -> str:
    """Return the one word of a Status, such as AlreadyExists; empty when there is none."""
    return str((content(answer) or {}).get("reason", ""))


def is_absence(answer: Answer, group: str, plural: str, name: str) -> bool:
    """Tell whether an answer says that this very object is not there.

    A 404 also comes when the kind is not served (a CRD was deleted, or the API server has just
    started) or its namespace is gone. To take that for an absent object would be a guess.

    Args:
        answer: the answer.
        group: the API group, empty for the core group.
        plural: the kind as URLs name it.
        name: the object's name.
    """
    if answer.status != HTTPStatus.NOT_FOUND:
        return False
    details = (content(answer) or {}).get("details") or {}
    found = (details.get("group", ""), details.get("kind"), details.get("name"))
    return found == (group, plural, name)


def sentence(answer: Answer) -> str:
    """Say for the log what was answered, without what the answer may quote of a body."""
    status = content(answer) or {}
    said = f"the API server answered {answer.status} {status.get('reason', '')}".rstrip()
    if answer.status not in _QUOTING and status.get("message"):
        said += f": {str(status['message'])[:_LONGEST_MESSAGE]}"
    return said
