"""Events of the core API: what people see below `kubectl describe`."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from certwright.reconcile.events import Event
from certwright.resources.kinds import AnyResource
from certwright.resources.model import API_VERSION
from certwright_operator.api.port import API, EVENTS, Object, Refused, Unavailable
from certwright_operator.settings import MANAGER

logger = logging.getLogger(__name__)

_SILENCE: Final = 3600.0
"""Seconds in which nothing is said twice of one object."""

_MANY: Final = 1000
"""From so many things said on, those are forgotten that may be said again."""

_LONGEST_MESSAGE: Final = 1024  # the API's own limit

_LONGEST_NAME: Final = 230
"""Of an object's name, as a part of its Event's: that may have 253 characters."""

_OF_NO_NAMESPACE: Final = "default"
"""Where Events are of objects that no namespace holds (the API server takes them nowhere else)."""


@dataclass(frozen=True, slots=True)
class About:
    """The object that an Event is of.

    Args:
        api_version: Of its kind.
        kind: Its kind.
        namespace: None for a kind without.
        name: Its name.
        uid: Tells it from a later one of the same name; may be empty.
    """

    api_version: str
    kind: str
    namespace: str | None
    name: str
    uid: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace or ''}/{self.name} {self.uid}"


class Events:
    """Posts Events.

    Args:
        api: The API server.
        me: This replica's identity.
        now: The wall clock, aware.
        monotonic: Seconds of a clock that is never set.
    """

    def __init__(
        self, api: API, me: str, now: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self._api = api
        self._me = me
        self._now = now
        self._monotonic = monotonic
        self._said: dict[tuple[str, str], float] = {}

    async def tell(self, resource: AnyResource, event: Event) -> None:
        """Post an Event of an object of ours: see `post`."""
        metadata = resource.metadata
        await self.post(
            About(
                API_VERSION,
                resource.kind,
                metadata.namespace,
                metadata.name,
                metadata.uid,
            ),
            event,
        )

    async def post(self, about: About, event: Event) -> None:
        """Post an Event of an object, unless it was within the last hour; never raises.

        A failure is only logged: what is told of has happened already.
        """
        if not self._is_news((str(about), event.message)):
            return
        body = _event(about, event, self._me, self._now())
        try:
            await self._api.create(EVENTS, body["metadata"]["namespace"], body)
        except (Refused, Unavailable) as failure:
            logger.warning("an Event could not be posted: %s", failure)

    def _is_news(self, said: tuple[str, str]) -> bool:
        now = self._monotonic()
        if now - self._said.get(said, -_SILENCE) < _SILENCE:
            return False
        if len(self._said) >= _MANY:
            self._said = {each: at for each, at in self._said.items() if now - at < _SILENCE}
        self._said[said] = now
        return True


def _event(about: About, event: Event, me: str, now: datetime) -> Object:
    moment = now.astimezone(UTC)
    told = f"{about.kind} {about.uid} {event.message} {moment.isoformat()}"
    digest = hashlib.sha256(told.encode()).hexdigest()[:16]
    involved = {
        "apiVersion": about.api_version,
        "kind": about.kind,
        "name": about.name,
        "uid": about.uid,
    }
    return {
        "metadata": {
            "name": f"{about.name[:_LONGEST_NAME].rstrip('-.')}.{digest}",
            "namespace": about.namespace or _OF_NO_NAMESPACE,
        },
        "involvedObject": involved | ({"namespace": about.namespace} if about.namespace else {}),
        "type": "Warning" if event.warning else "Normal",
        "reason": event.reason or ("NeedsAttention" if event.warning else "Reconciled"),
        "message": event.message[:_LONGEST_MESSAGE],
        "firstTimestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lastTimestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "count": 1,
        "source": {"component": MANAGER},
        "reportingComponent": MANAGER,
        "reportingInstance": me[:128],
    }
