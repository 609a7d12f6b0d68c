"""The API server itself, by way of the official client.

Only its connections, TLS and logins are used: objects stay plain JSON values rather than become its
models, which cost time and memory and know the fields of one version only.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from certwright_operator.api import access, answers
from certwright_operator.api.port import Change, NotFound, Object, Resource, Unavailable
from certwright_operator.settings import MANAGER

Observer = Callable[[str, str, int], None]
"""Is told of every request: verb, plural, HTTP status; 0 when there was no answer."""

_JSON: Final = "application/json"
_MERGE: Final = "application/merge-patch+json"
_APPLY: Final = "application/apply-patch+yaml"  # JSON is YAML

_METHODS: Final = {
    "get": "GET",
    "list": "GET",
    "watch": "GET",
    "create": "POST",
    "replace": "PUT",
    "apply": "PATCH",
    "merge": "PATCH",
    "delete": "DELETE",
}

#: Seconds for a request, a page of a list included, and for a connection to be made.
_TIMEOUT: Final = aiohttp.ClientTimeout(total=30, sock_connect=5)

#: Seconds after which the API server ends a watch.
_WATCHED: Final = 300

#: A watch may be silent until its end; a connection that is dead is noticed a little later.
_WATCH_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=_WATCHED + 30)


class KubernetesAPI:
    """An `API` over one pool of connections. It belongs to the event loop it was opened on."""

    def __init__(self, client: ApiClient, observed: Observer) -> None:
        """Take a client as `open` makes it."""
        client.user_agent = MANAGER
        self._client = client
        self._observed = observed

    @classmethod
    def open(cls, configuration: Configuration, observed: Observer = lambda *_: None) -> Self:
        """Return a way to the API server; nothing is sent yet.

        Raises OSError (`ssl.SSLError` is one) when a file of the configuration can't be used.
        """
        return cls(ApiClient(configuration), observed)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.rest_client.close()

    async def get(self, resource: Resource, namespace: str | None, name: str) -> Object:
        """See `API.get`."""
        return await self._request("get", resource, namespace, name)

    async def pages(
        self, resource: Resource, namespace: str | None, labels: str = "", limit: int = 500
    ) -> AsyncIterator[Object]:
        """See `API.pages`."""
        options = {"limit": str(limit)} | ({"labelSelector": labels} if labels else {})
        token: str | None = ""
        while token is not None:
            proceed = {"continue": token} if token else {}
            try:
                page = await self._request("list", resource, namespace, "", options | proceed)
            except answers.Expired as expired:
                if not expired.token:
                    raise Unavailable(str(expired)) from None
                # The rest as it is now rather than as it was: whoever lists watches, too.
                token = expired.token
                continue
            token = (page.get("metadata") or {}).get("continue") or None
            items: list[Object] = page.get("items") or []
            del page
            for item in items:
                yield item

    async def create(self, resource: Resource, namespace: str | None, body: Object) -> Object:
        """See `API.create`."""
        options = {"fieldManager": MANAGER}
        return await self._request("create", resource, namespace, "", options, body)

    async def replace(
        self, resource: Resource, namespace: str | None, name: str, body: Object
    ) -> Object:
        """See `API.replace`."""
        options = {"fieldManager": MANAGER}
        return await self._request("replace", resource, namespace, name, options, body)

    async def apply(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        body: Object,
        *,
        subresource: str = "",
    ) -> Object:
        """See `API.apply`."""
        options = {"fieldManager": MANAGER, "force": "true"}
        return await self._request(
            "apply", resource, namespace, name, options, body, subresource=subresource
        )

    async def claim(
        self, resource: Resource, namespace: str | None, name: str, body: Object, *, manager: str
    ) -> Object:
        """Apply fields on the server as `manager`, without force.

        Args:
            resource: The object's kind.
            namespace: Its namespace; None for a kind without.
            name: Its name.
            body: The fields, and what of `metadata` has to hold: with `uid` nothing is created.
            manager: Owns the fields from now on, and no others that it owned before.

        Raises:
            Conflict: Another manager owns one of them, or there is no object of that name.
            Invalid: The object of that name is another one by its UID.
            Refused, Unavailable: It isn't done.
        """
        options = {"fieldManager": manager, "force": "false"}
        return await self._request("apply", resource, namespace, name, options, body)

    async def merge(
        self, resource: Resource, namespace: str | None, name: str, body: Object
    ) -> Object:
        """See `API.merge`."""
        options = {"fieldManager": MANAGER}
        return await self._request("merge", resource, namespace, name, options, body)

    async def delete(
        self, resource: Resource, namespace: str | None, name: str, *, uid: str, version: str = ""
    ) -> None:
        """See `API.delete`."""
        preconditions = {"uid": uid} | ({"resourceVersion": version} if version else {})
        body = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": preconditions,
            "propagationPolicy": "Background",
        }
        try:
            await self._request("delete", resource, namespace, name, {}, body)
        except NotFound:
            return

    @asynccontextmanager
    async def watched(self, resource: Resource) -> AsyncIterator[AsyncIterator[Change]]:
        """Watch a kind in all namespaces for some minutes, beginning with all that is there.

        Without a `resourceVersion` a watch tells first of every object as if it were added
        (kubernetes.io, "Semantics for watch"): nothing has to be listed, nor can a version expire.

        Raises:
            Refused, Unavailable: It can't be watched, or not until the end.
        """
        what = f"watch {resource.plural}"
        path = f"{resource.path()}?watch=true&timeoutSeconds={_WATCHED}"
        try:
            response = await self._send("watch", path, None, _WATCH_TIMEOUT)
            if response.status != HTTPStatus.OK:
                text = await response.read()
                raise answers.failure(what, resource, response.status, response.headers, text)
            try:
                yield _changes(what, response.response)
            finally:
                response.response.close()
        except (aiohttp.ClientError, OSError) as error:
            raise _unreachable(what, error) from error

    async def _request(
        self,
        verb: str,
        resource: Resource,
        namespace: str | None,
        name: str,
        options: dict[str, str] | None = None,
        body: Object | None = None,
        *,
        subresource: str = "",
    ) -> Object:
        path = resource.path(namespace, name, subresource)
        if options:
            path += f"?{urlencode(options)}"
        if body is not None and verb != "delete":
            body = {"apiVersion": resource.api_version, "kind": resource.kind} | body
        what = f"{verb} {resource.plural} {namespace or ''}/{name or '*'}"
        try:
            status, headers, text = await self._answer(verb, path, body)
        except (aiohttp.ClientError, OSError) as error:
            self._observed(verb, resource.plural, 0)
            raise _unreachable(what, error) from error
        self._observed(verb, resource.plural, status)
        if not 200 <= status < 300:
            raise answers.failure(what, resource, status, headers, text)
        return answers.content(text)

    async def _answer(
        self, verb: str, path: str, body: Object | None
    ) -> tuple[int, dict[str, str], bytes]:
        response = await self._send(verb, path, body, _TIMEOUT)
        text: bytes = await response.read()
        return response.status, response.headers, text

    async def _send(
        self, verb: str, path: str, body: Object | None, limits: aiohttp.ClientTimeout
    ) -> Any:
        """Return the client's own response, whose body isn't read yet."""
        configuration = self._client.configuration
        headers = {
            **self._client.default_headers,
            "Accept": _JSON,
            # The API server would spend its time compressing what crosses one wire.
            "Accept-Encoding": "identity",
            "Content-Type": {"apply": _APPLY, "merge": _MERGE}.get(verb, _JSON),
        }
        if (token := await access.authorization(configuration)) is not None:
            headers["Authorization"] = token
        return await self._client.call_api(
            _METHODS[verb], configuration.host + path, headers, body, _request_timeout=limits
        )


async def _changes(what: str, response: aiohttp.ClientResponse) -> AsyncIterator[Change]:
    """Yield what an API server tells on a watch, a line each."""
    async for line in response.content:
        told = answers.content(line)
        if told.get("type") == "ERROR":
            status = told.get("object") or {}
            raise Unavailable(f"{what}: the API server ended it: {status.get('message', '')}")
        yield Change(told["type"], told["object"])


def _unreachable(what: str, error: Exception) -> Unavailable:
    # A time-out has no text of its own; TimeoutError is an OSError.
    why = str(error) or "no answer in time"
    return Unavailable(f"{what}: the API server can't be reached: {why}")
