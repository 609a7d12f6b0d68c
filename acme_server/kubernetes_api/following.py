"""Following a collection: what there is, then every change, for as long as it takes.

A list in pages, then a watch from the list's version on (kubernetes.io: "Efficient detection of
changes"). A watch is asked for a short time only and asked for again: it ends with a bookmark, so
an idle collection still gives signs of life, more often than the API server's own each minute.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Protocol

from pydantic_core import from_json

from acme_server.kubernetes_api import answers
from acme_server.kubernetes_api.answers import Answer, Object
from acme_server.kubernetes_api.connection import APIUnavailable, Connection

logger = logging.getLogger(__name__)

#: Objects of a list that the API server is asked for at once.
PAGE: Final = 500

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Selected:
    """Objects of one kind in one namespace.

    Args:
        path: of the URL, such as `/api/v1/namespaces/certwright-acme/secrets`.
        labels: label selector.
    """

    path: str
    labels: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one waits, in seconds.

    Args:
        watch: the length of one watch; at least 1.
        quiet: how long nothing may come within one before it counts as dead; more than `watch`.
    """

    watch: int = 20
    quiet: float = 30.0


class Follower(Protocol):
    """Who is told of the objects."""

    def seen(self, item: Object) -> None:
        """Take an object that is there, new, changed or as before."""
        ...

    def gone(self, name: str) -> None:
        """Take note that there is no object of that name any more."""
        ...

    def listed(self, names: Collection[str]) -> None:
        """Take note that these are all names that there are; each of them has been seen."""
        ...


class _Expired(Exception):
    """The API server no longer knows what has changed since: the list is to be read again."""


class Following:
    """Tells a follower of a collection, from `run` until that is cancelled.

    Args:
        connection: to the API server.
        collection: what is followed.
        follower: told of each object, in the order of changes.
        patience: how long one waits.
        monotonic: seconds on a clock that nobody sets.
    """

    def __init__(
        self,
        connection: Connection,
        collection: Selected,
        follower: Follower,
        patience: Patience | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._collection = collection
        self._follower = follower
        self._patience = patience or Patience()
        self._monotonic = monotonic
        self._version: str | None = None
        self._alive: float | None = None
        self._told = ""
        self.synchronised = asyncio.Event()
        """Set once everything that there is has been told of."""

    @property
    def age(self) -> float | None:
        """Seconds since the last sign of life; None before the first list."""
        return None if self._alive is None else self._monotonic() - self._alive

    async def run(self) -> None:
        """Follow, until cancelled; what fails is tried again, a little later each time."""
        pause = _FIRST_PAUSE
        while True:
            alive = self._alive
            try:
                await self._advance()
            except _Expired:
                logger.info("changes of %s are gone; it is listed again", self._collection.path)
                self._version = None
                await asyncio.sleep(_FIRST_PAUSE)
            except APIUnavailable as error:
                self._tell(str(error))
                pause = _FIRST_PAUSE if self._alive != alive else min(2 * pause, _LONGEST_PAUSE)
                await asyncio.sleep(pause)
            else:
                self._tell("")
                pause = _FIRST_PAUSE

    async def _advance(self) -> None:
        if self._version is None:
            self._version = await self._list()
            self._live()
            self.synchronised.set()
        else:
            await self._watch(self._version)
            # One that ends as soon as it has begun must not be asked for without a break.
            await asyncio.sleep(_FIRST_PAUSE)

    async def _list(self) -> str:
        """Tell of everything that is there, and of what isn't any more; return the version."""
        names: set[str] = set()
        token = ""
        while True:
            page = await self._page(token)
            for item in page["items"]:
                names.add(item["metadata"]["name"])
                self._follower.seen(item)
                # A page takes a moment; whoever is served meanwhile has his turn between two items.
                await asyncio.sleep(0)
            token = page["metadata"].get("continue", "")
            if not token:
                break
        self._follower.listed(names)
        version: str = page["metadata"]["resourceVersion"]
        return version

    async def _page(self, token: str) -> Object:
        options = self._options(limit=str(PAGE)) | ({"continue": token} if token else {})
        answer = await self._connection.request("GET", self._collection.path, options)
        if answer.status != HTTPStatus.OK:
            raise _refusal(answer)
        page = answers.content(answer)
        if page is None:
            raise APIUnavailable("the API server's answer is not a JSON object")
        return page

    async def _watch(self, version: str) -> None:
        options = self._options(
            watch="true",
            allowWatchBookmarks="true",
            resourceVersion=version,
            timeoutSeconds=str(self._patience.watch),
        )
        watching = self._connection.stream(
            self._collection.path, options, quiet=self._patience.quiet
        )
        async with watching as stream:
            if stream.status != HTTPStatus.OK:
                raise _refusal(await stream.answer())
            self._live()
            async for line in stream.lines():
                self._take(_event(line))
                self._live()
        self._live()

    def _take(self, event: dict[str, Any]) -> None:
        kind, item = event["type"], event["object"]
        if kind == "ERROR":
            raise _refusal_of(item)
        metadata = item["metadata"]
        if kind == "DELETED":
            self._follower.gone(metadata["name"])
        elif kind in {"ADDED", "MODIFIED"}:
            self._follower.seen(item)
        self._version = metadata["resourceVersion"]

    def _options(self, **more: str) -> dict[str, str]:
        labels = self._collection.labels
        return ({"labelSelector": labels} if labels else {}) | more

    def _live(self) -> None:
        self._alive = self._monotonic()

    def _tell(self, sentence: str) -> None:
        """Tell the log what is wrong, once as long as it stays the same."""
        if sentence and sentence != self._told:
            logger.warning("%s can't be followed: %s", self._collection.path, sentence)
        elif self._told and not sentence:
            logger.info("%s is followed again", self._collection.path)
        self._told = sentence


def _event(line: bytes) -> dict[str, Any]:
    try:
        event = from_json(line)
        if isinstance(event, dict) and isinstance(event["object"]["metadata"], dict):
            return event
    except (ValueError, LookupError, TypeError):
        pass
    raise APIUnavailable("the API server's watch sent something else than an event")


def _refusal(answer: Answer) -> Exception:
    if answer.status == HTTPStatus.GONE:
        return _Expired()
    return APIUnavailable(answers.sentence(answer))


def _refusal_of(status: Object) -> Exception:
    if status.get("code") == HTTPStatus.GONE:
        return _Expired()
    return APIUnavailable(f"the watch ended: {status.get('code')} {status.get('reason', '')}")
