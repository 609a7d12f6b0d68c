"""Events of the core API: what people see below `kubectl describe`."""

import hashlib
import logging
from collections.abc import Callable
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
        """Post an Event of an object, unless it was within the last hour; never raises.

        A failure is only logged: what is told of has happened already.
        """
        said = (f"{resource.kind} {resource.key} {resource.metadata.uid}", event.message)
        if not self._is_news(said):
            return
        body = _event(resource, event, self._me, self._now())
        try:
            await self._api.create(EVENTS, resource.metadata.namespace, body)
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


def _event(resource: AnyResource, event: Event, me: str, now: datetime) -> Object:
    metadata = resource.metadata
    moment = now.astimezone(UTC)
    told = f"{resource.kind} {metadata.uid} {event.message} {moment.isoformat()}"
    return {
        "metadata": {
            "name": f"{metadata.name}.{hashlib.sha256(told.encode()).hexdigest()[:16]}",
            "namespace": metadata.namespace,
        },
        "involvedObject": {
            "apiVersion": API_VERSION,
            "kind": resource.kind,
            "namespace": metadata.namespace,
            "name": metadata.name,
            "uid": metadata.uid or "",
        },
        "type": "Warning" if event.warning else "Normal",
        "reason": "NeedsAttention" if event.warning else "Reconciled",
        "message": event.message[:_LONGEST_MESSAGE],
        "firstTimestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lastTimestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "count": 1,
        "source": {"component": MANAGER},
        "reportingComponent": MANAGER,
        "reportingInstance": me[:128],
    }
