"""Secrets of one namespace as an API server lists, watches and gets them, with faults on demand.

What it does is what kube-apiserver 1.36 was seen to do; `tests/cluster/server` asks a real one.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from acme_server.kubernetes_api.access import Access
from certwright.bundles.objects import BUNDLE_KEY, BUNDLE_LABEL
from tests.unit.stores.fake_api import status

Object = dict[str, Any]

PATH = "/api/v1/namespaces/certwright-acme/secrets"


@dataclass
class SecretsAPI:
    """The Secrets by name, and everything that happened to them."""

    secrets: dict[str, Object] = field(default_factory=dict)
    #: The requests that were made: `list`, `watch`, `get NAME`, and what nobody should ask for.
    requests: list[str] = field(default_factory=list)
    #: Answers to the next requests, instead of those that they would have.
    refusals: list[web.Response] = field(default_factory=list)
    #: Whether watches tell of changes; a stream that doesn't is silently dead.
    tells: bool = True
    #: The first version whose changes are still known.
    oldest: int = 0
    #: Called before a page of a list is answered.
    before_page: Callable[[], None] = lambda: None
    #: Called before a Secret is read.
    before_get: Callable[[], Awaitable[None]] | None = None

    def __post_init__(self) -> None:
        self._versions = count(1)
        self._events: list[tuple[int, Object]] = []
        self._changed = asyncio.Event()
        self._ended = False

    def put(self, name: str, content: bytes, kind: str | None = None, **data: str) -> None:
        """Write a Secret with a bundle; `data` in place of its data."""
        labels = {BUNDLE_LABEL: kind or name.partition(".")[0]}
        written = {BUNDLE_KEY: base64.b64encode(content).decode()}
        item: Object = {"metadata": {"name": name, "labels": labels}, "data": data or written}
        self._store("MODIFIED" if name in self.secrets else "ADDED", item)
        self.secrets[name] = item

    def remove(self, name: str) -> None:
        """Delete a Secret."""
        item = self.secrets.pop(name)
        self._store("DELETED", {**item, "metadata": dict(item["metadata"])})

    def compact(self) -> None:
        """Forget what has changed until now."""
        self.oldest = next(self._versions)

    def end(self) -> None:
        """End all watches, for good."""
        self._ended = True
        self._changed.set()

    def bookmark(self) -> None:
        """Send a sign of life."""
        item: Object = {"metadata": {}}
        self._store("BOOKMARK", item)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Access]:
        """Serve on loopback."""
        application = web.Application()
        application.router.add_get(PATH, self._collection, allow_head=False)
        application.router.add_get(f"{PATH}/{{name}}", self._get, allow_head=False)
        application.router.add_route("*", "/{rest:.*}", self._other)
        server = TestServer(application)
        await server.start_server()
        try:
            yield Access(str(server.make_url("")))
        finally:
            self.end()
            await server.close()

    def _store(self, kind: str, item: Object) -> None:
        version = next(self._versions)
        item["metadata"]["resourceVersion"] = str(version)
        self._events.append((version, {"type": kind, "object": item}))
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _get(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.requests.append(f"get {name}")
        if self.before_get is not None:
            await self.before_get()
        if self.refusals:
            return self.refusals.pop(0)
        found = self.secrets.get(name)
        if found is None:
            return status(404, "NotFound", name=name, kind="secrets")
        return web.json_response(found)

    async def _other(self, request: web.Request) -> web.Response:
        self.requests.append(f"{request.method} {request.path}")
        return status(403, "Forbidden")

    async def _collection(self, request: web.Request) -> web.StreamResponse:
        assert request.query["labelSelector"] == BUNDLE_LABEL
        watches = request.query.get("watch") == "true"
        self.requests.append("watch" if watches else "list")
        if self.refusals:
            return self.refusals.pop(0)
        return await self._watch(request) if watches else self._page(request)

    def _page(self, request: web.Request) -> web.Response:
        self.before_page()
        version, _, start = request.query.get("continue", "").partition(":")
        if version and int(version) < self.oldest:
            return status(410, "Expired")
        current = version or str(next(self._versions))
        names = [name for name in sorted(self.secrets) if name > start]
        shown = names[: int(request.query["limit"])]
        metadata = {"resourceVersion": current}
        if len(names) > len(shown):
            metadata["continue"] = f"{current}:{shown[-1]}"
        return web.json_response(
            {"metadata": metadata, "items": [self.secrets[name] for name in shown]}
        )

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        assert request.query["allowWatchBookmarks"] == "true"
        since = int(request.query["resourceVersion"])
        answer = web.StreamResponse()
        await answer.prepare(request)
        if since < self.oldest:
            gone = {"kind": "Status", "code": 410, "reason": "Expired", "metadata": {}}
            await _send(answer, {"type": "ERROR", "object": gone})
            return answer
        while not self._ended:
            changed = self._changed
            for version, event in list(self._events):
                if version > since and self.tells:
                    await _send(answer, event)
                    since = version
            await changed.wait()
        return answer


async def _send(answer: web.StreamResponse, event: Object) -> None:
    # As on a real wire, a line doesn't come in one piece.
    encoded = web.json_response(event).body
    assert isinstance(encoded, bytes)
    await answer.write(encoded[:20])
    await answer.write(encoded[20:] + b"\n")
