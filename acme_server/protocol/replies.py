"""What a service answers: a status, an object and what of it becomes headers."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

JSON = "application/json"
PEM_CHAIN = "application/pem-certificate-chain"


@dataclass(frozen=True, slots=True)
class Link:
    """A Link header (RFC 8288): an absolute URL and its relation to the resource."""

    url: str
    relation: str

    def __str__(self) -> str:
        """Return the header's value."""
        return f'<{self.url}>;rel="{self.relation}"'


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it is HTTP.

    `body` is a JSON object, text of `media_type`, or None for an empty body. `retry_after` is in
    seconds. `links` come beside the `index` link that every answer but the directory has.
    """

    status: HTTPStatus
    body: Mapping[str, Any] | str | None
    location: str | None = None
    links: tuple[Link, ...] = ()
    retry_after: int | None = None
    media_type: str = JSON
