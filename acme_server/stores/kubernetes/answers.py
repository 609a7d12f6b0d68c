"""What the API server's answers mean to a store."""

import logging
from http import HTTPStatus
from typing import Any

from pydantic_core import from_json

from acme_server.domain.documents import Kind
from acme_server.ports import StoreUnavailable
from acme_server.stores.kubernetes.connection import Answer
from acme_server.stores.kubernetes.kinds import GROUP, RESOURCES
from acme_server.stores.kubernetes.objects import Object

logger = logging.getLogger(__name__)

#: Answers whose message may quote what was sent, which is nobody's to read in a log.
_QUOTING = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}

_LONGEST_MESSAGE = 300


def content(answer: Answer) -> Object:
    """Return the JSON object of a successful answer; raise `StoreUnavailable` if it has none."""
    found = _object(answer)
    if found is None:
        raise StoreUnavailable("the API server's answer is not a JSON object")
    return found


def reason(answer: Answer) -> str:
    """Return the one word of a Status, such as AlreadyExists; empty when there is none."""
    return str((_object(answer) or {}).get("reason", ""))


def is_absence(answer: Answer, kind: Kind, name: str) -> bool:
    """Tell whether an answer says that this very object is not there.

    A 404 also comes when the kind is not served (a CRD was deleted, or the API server has just
    started) or its namespace is gone. To take that for an absent account would turn clients away
    for good.
    """
    if answer.status != HTTPStatus.NOT_FOUND:
        return False
    details = (_object(answer) or {}).get("details") or {}
    expected = {"group": GROUP, "kind": RESOURCES[kind].plural, "name": name}
    return expected.items() <= details.items()


def unavailable(answer: Answer) -> StoreUnavailable:
    """Say that an answer is none that the store knows what to do with, and tell the log."""
    status = _object(answer) or {}
    sentence = f"the API server answered {answer.status} {status.get('reason', '')}".rstrip()
    if answer.status not in _QUOTING and status.get("message"):
        sentence += f": {str(status['message'])[:_LONGEST_MESSAGE]}"
    logger.error("%s", sentence)
    return StoreUnavailable(sentence)


def _object(answer: Answer) -> dict[str, Any] | None:
    try:
        found = from_json(answer.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
