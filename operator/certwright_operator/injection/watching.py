"""A watch of one of cert-manager's kinds, which outlives everything but its own end."""

import logging
from collections.abc import Callable
from typing import Final, NoReturn

from certwright_operator.api.port import (
    Change,
    Forbidden,
    NotServed,
    Refused,
    Resource,
    Unavailable,
)
from certwright_operator.injection.issuer import Issuer
from certwright_operator.injection.port import Clock, IssuersAPI
from certwright_operator.injection.shelf import Shelf

logger = logging.getLogger(__name__)

_PAUSE: Final = 1.0
"""Seconds between two watches."""

_ABSENT: Final = 15.0
"""Seconds until it is asked again whether cert-manager has come: one small request."""

_DENIED: Final = 300.0
"""Seconds until the operator's roles may have changed."""


class Watching:
    """Keeps a shelf as the cluster is, as far as one kind goes.

    Args:
        api: The API server.
        resource: The kind.
        shelf: Is kept.
        news: Called when something on it is another.
        clock: The machine's.
    """

    def __init__(
        self,
        api: IssuersAPI,
        resource: Resource,
        shelf: Shelf,
        news: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._api = api
        self._resource = resource
        self._shelf = shelf
        self._news = news
        self._clock = clock
        self._said = ""

    async def run(self) -> NoReturn:
        """Watch for ever, whether or not there is something to watch."""
        while True:
            await self._clock.sleep(await self.once())

    async def once(self) -> float:
        """Watch until the API server ends it, and return how many seconds to wait then."""
        name = f"{self._resource.plural}.{self._resource.group}"
        try:
            await self._watch()
        except NotServed:
            self._shelf.clear(self._resource)
            self._say(logging.INFO, f"there are no {name}: trust is injected once they come")
            return _ABSENT
        except Forbidden as refusal:
            self._shelf.clear(self._resource)
            self._say(logging.WARNING, f"no trust is injected into {name}: {refusal}")
            return _DENIED
        except (Refused, Unavailable) as failure:
            self._say(logging.WARNING, f"{name} can't be watched: {failure}")
        return _PAUSE

    async def _watch(self) -> None:
        unseen = self._shelf.places(self._resource)
        async with self._api.watched(self._resource) as changes:
            self._say(logging.INFO, f"{self._resource.plural}.{self._resource.group} are watched")
            async for change in changes:
                issuer = Issuer.read(self._resource, change.object)
                unseen.discard(issuer.place)
                self._take(change, issuer)
        # Every watch tells first of all that is there: what it didn't tell of has gone before it.
        for place in unseen:
            self._shelf.drop(place)

    def _take(self, change: Change, issuer: Issuer) -> None:
        if change.type == "DELETED":
            self._shelf.drop(issuer.place)
        elif self._shelf.put(issuer):
            self._news()

    def _say(self, level: int, sentence: str) -> None:
        """Log how it stands, unless that is how it stood before."""
        if sentence != self._said:
            self._said = sentence
            logger.log(level, "%s", sentence)
