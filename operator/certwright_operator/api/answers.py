"""What an API server's answers mean."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic_core import from_json

from certwright_operator.api.port import (
    SECRETS,
    AlreadyExists,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotServed,
    Object,
    Refused,
    Resource,
    Unavailable,
)

_LONGEST_MESSAGE = 300

#: Answers whose message may quote what was sent.
_QUOTING = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}

_REFUSALS: Mapping[int, type[Refused]] = {
    HTTPStatus.BAD_REQUEST: Invalid,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.UNPROCESSABLE_ENTITY: Invalid,
}

_REASONS: Mapping[str, type[Refused]] = {"AlreadyExists": AlreadyExists}


class Expired(Refused):
    """A list was read too slowly to be continued as it began.

    Args:
        token: Continues it with what is there now; may be empty.
    """

    def __init__(self, sentence: str, token: str) -> None:
        super().__init__(HTTPStatus.GONE, "Expired", sentence)
        self.token = token


def content(text: bytes) -> Object:
    """Return the JSON object of a successful answer; raise `Unavailable` if it is none."""
    found = _object(text)
    if found is None:
        raise Unavailable("the API server's answer is not a JSON object")
    return found


def failure(
    what: str, resource: Resource, status: int, headers: Mapping[str, str], text: bytes
) -> Refused | Unavailable:
    """Return what an unsuccessful answer means.

    Args:
        what: The request, for the sentence: `create secrets a/b`.
        resource: What it was about: nothing that could quote a Secret is repeated.
        status: HTTP status.
        headers: Of the answer.
        text: Its body.
    """
    answered = _object(text) or {}
    reason = str(answered.get("reason", ""))
    sentence = f"{what}: the API server answered {status} {reason}".rstrip()
    if answered.get("message") and not (resource == SECRETS and status in _QUOTING):
        sentence += f": {str(answered['message'])[:_LONGEST_MESSAGE]}"
    if _is_passing(status):
        return Unavailable(sentence, _delay(headers))
    if status == HTTPStatus.GONE:
        return Expired(sentence, str((answered.get("metadata") or {}).get("continue", "")))
    if status == HTTPStatus.NOT_FOUND:
        # Without the name of an object this is about the kind: an API server that has just started
        # knows no definitions yet.
        named = bool((answered.get("details") or {}).get("name"))
        return (NotFound if named else NotServed)(status, reason, sentence)
    return _REASONS.get(reason, _REFUSALS.get(status, Refused))(status, reason, sentence)


def _is_passing(status: int) -> bool:
    """Tell whether the same request may well be answered otherwise a little later.

    401 is one of these: a token is replaced while requests are under way.
    """
    return (
        status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        or status < HTTPStatus.BAD_REQUEST
    )


def _delay(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After; the API server never answers with a date."""
    try:
        return max(0.0, float(headers["Retry-After"]))
    except (KeyError, ValueError):
        return None


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        found = from_json(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
