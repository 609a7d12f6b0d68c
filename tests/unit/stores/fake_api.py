"""An API server as far as the store knows it, with faults on demand.

What it does is what kube-apiserver 1.36 was seen to do; `tests/cluster/store` asks a real one.
"""

import asyncio
import base64
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Object = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_COLLECTION = "/apis/acme.certwright.dev/v1alpha1/namespaces/{namespace}/{plural}"


@dataclass
class Fault:
    """What happens to one request: it is carried out or not, and answered so, or never.

    Without an answer the connection is closed; one that `hangs` stays open until the end.
    """

    carried_out: bool = False
    answer: web.Response | None = None
    hangs: bool = False


def status(code: int, reason: str, message: str = "", **details: str) -> web.Response:
    """Return a Status, as the API server refuses."""
    body = {"kind": "Status", "reason": reason, "message": message, "details": details}
    return web.json_response({**body, "code": code, "metadata": {}}, status=code)


@dataclass
class FakeAPI:
    """Objects by collection and name. `faults` befall the next requests, in order."""

    objects: dict[str, dict[str, Object]] = field(default_factory=dict)
    faults: list[Fault | None] = field(default_factory=list)
    #: Whether lists that were begun can't be gone on with.
    compacted: bool = False
    requests: list[web.Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._versions = count(1)
        self._end = asyncio.Event()

    def application(self) -> web.Application:
        """Return the API as an application."""
        application = web.Application(middlewares=[self._faulty], client_max_size=2**22)
        item = f"{_COLLECTION}/{{name}}"
        application.add_routes(
            [
                web.post(_COLLECTION, self._create),
                web.get(_COLLECTION, self._list, allow_head=False),
                web.get(item, self._get, allow_head=False),
                web.put(item, self._replace),
                web.delete(item, self._delete),
            ]
        )
        return application

    async def start(self, tls: ssl.SSLContext | None = None, port: int | None = None) -> TestServer:
        """Return a server of this API on loopback, which is to be closed after `end`."""
        scheme = "https" if tls else "http"
        server = TestServer(self.application(), scheme=scheme, port=port)
        await server.start_server(ssl=tls)
        return server

    def end(self) -> None:
        """Let go of requests that hang."""
        self._end.set()

    @web.middleware
    async def _faulty(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.requests.append(request)
        fault = self.faults.pop(0) if self.faults else None
        if fault is None:
            return await handler(request)
        if fault.carried_out:
            await handler(request)
        if fault.hangs:
            await self._end.wait()
        if fault.answer is None:
            assert request.transport is not None
            request.transport.close()
        return fault.answer or web.Response()

    def _items(self, request: web.Request) -> dict[str, Object]:
        return self.objects.setdefault(request.match_info["plural"], {})

    async def _create(self, request: web.Request) -> web.Response:
        sent = await request.json()
        name = sent["metadata"]["name"]
        if name in self._items(request):
            return status(409, "AlreadyExists")
        if request.query.get("dryRun") == "All":
            return web.json_response(sent, status=201)
        return self._stored(request, sent, 201)

    async def _get(self, request: web.Request) -> web.Response:
        found = self._items(request).get(request.match_info["name"])
        return _absent(request) if found is None else web.json_response(found)

    async def _replace(self, request: web.Request) -> web.Response:
        sent = await request.json()
        found = self._items(request).get(request.match_info["name"])
        if found is None:
            return _absent(request)
        version = found["metadata"]["resourceVersion"]
        if sent["metadata"]["resourceVersion"] != version:
            return status(409, "Conflict")
        sent["metadata"].pop("managedFields")
        if sent == found:
            # A write that changes nothing is not stored.
            return web.json_response(found)
        return self._stored(request, sent, 200)

    async def _delete(self, request: web.Request) -> web.Response:
        preconditions = (await request.json())["preconditions"]
        name = request.match_info["name"]
        found = self._items(request).get(name)
        if found is None:
            return _absent(request)
        if preconditions["resourceVersion"] != found["metadata"]["resourceVersion"]:
            return status(409, "Conflict")
        del self._items(request)[name]
        return web.json_response({"kind": "Status", "status": "Success"})

    async def _list(self, request: web.Request) -> web.Response:
        start, query = "", request.query
        if token := query.get("continue"):
            place = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            if self.compacted and place["rv"] != -1:
                return status(410, "Expired")
            start = place["start"]
        items = self._items(request)
        names = [
            name
            for name in sorted(items)
            if name >= start and _selected(items[name], query.get("labelSelector", ""))
        ]
        shown = names[: int(query["limit"])]
        more = len(names) > len(shown)
        metadata = {"continue": _token(shown[-1])} if more else {}
        return web.json_response({"metadata": metadata, "items": [items[each] for each in shown]})

    def _stored(self, request: web.Request, sent: Object, code: int) -> web.Response:
        sent["metadata"]["resourceVersion"] = str(next(self._versions))
        kept: Object = json.loads(json.dumps(sent, sort_keys=True))
        self._items(request)[sent["metadata"]["name"]] = kept
        return web.json_response(kept, status=code)


def _token(last: str) -> str:
    place = {"v": "meta.k8s.io/v1", "rv": 7, "start": f"{last}\0"}
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _absent(request: web.Request) -> web.Response:
    name, plural = request.match_info["name"], request.match_info["plural"]
    return status(404, "NotFound", name=name, kind=plural, group="acme.certwright.dev")


def _selected(item: Object, selector: str) -> bool:
    labels = item["metadata"]["labels"]
    if "<" in selector:
        name, _, number = selector.partition("<")
        return name in labels and int(labels[name]) < int(number)
    name, _, value = selector.partition("=")
    return not selector or labels.get(name) == value
