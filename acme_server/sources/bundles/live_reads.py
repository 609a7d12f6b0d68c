"""Asking the API server for a Secret that isn't known: seldom, once for all who ask, and bounded.

Whoever makes up names asks for what isn't there; that must cost the API server next to nothing.
"""

import asyncio
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from acme_server.kubernetes_api import answers
from acme_server.kubernetes_api.answers import Object
from acme_server.kubernetes_api.connection import APIUnavailable, Connection
from acme_server.ports import BundlesUnavailable
from acme_server.sources.bundles import secrets
from certwright.resources.metadata import NAME_PATTERN

#: Seconds for which nobody asks again for what wasn't there.
MEMORY: Final = 1.0

#: Requests within `MEMORY` seconds, for all names together.
MOST: Final = 50

_LONGEST_NAME: Final = 253
_NAME: Final = re.compile(NAME_PATTERN)


class LiveReads:
    """Reads Secrets of one namespace.

    Args:
        connection: to the API server.
        path: the collection's, such as `/api/v1/namespaces/certwright-acme/secrets`.
        monotonic: seconds on a clock that nobody sets.
    """

    def __init__(self, connection: Connection, path: str, monotonic: Callable[[], float]) -> None:
        self._connection = connection
        self._path = path
        self._monotonic = monotonic
        self._asked: dict[str, float] = {}
        self._under_way: dict[str, asyncio.Task[Object | None]] = {}

    async def read(self, name: str) -> Object | None:
        """Return a Secret with a bundle as it is now, None without one.

        Raises:
            BundlesUnavailable: the API server doesn't tell, or was asked too much already.
        """
        if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
            return None
        task = self._under_way.get(name)
        if task is None:
            if self._was_asked(name):
                return None
            task = asyncio.create_task(self._get(name))
            self._under_way[name] = task
            task.add_done_callback(lambda _: self._under_way.pop(name, None))
        # One who asks and goes away doesn't end it for the others.
        return await asyncio.shield(task)

    def _was_asked(self, name: str) -> bool:
        """Tell whether a name was asked for a moment ago; if not, count it."""
        now = self._monotonic()
        while self._asked and next(iter(self._asked.values())) <= now - MEMORY:
            del self._asked[next(iter(self._asked))]
        if name in self._asked:
            return True
        if len(self._asked) >= MOST:
            raise BundlesUnavailable("too many names are asked for that aren't known here")
        self._asked[name] = now
        return False

    async def _get(self, name: str) -> Object | None:
        try:
            answer = await self._connection.request("GET", f"{self._path}/{name}")
        except APIUnavailable as error:
            self._asked.pop(name, None)
            raise BundlesUnavailable(f"nobody can tell now whether there is {name}") from error
        if answers.is_absence(answer, "", "secrets", name):
            return None
        found = answers.content(answer)
        if answer.status != HTTPStatus.OK or found is None:
            raise BundlesUnavailable(f"nobody can tell now whether there is {name}")
        return found if secrets.is_labelled(found) else None
