"""A client of the API for tests: plain JSON over aiohttp, and every refusal in full."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import aiohttp

from tests.cluster.harness import resources
from tests.cluster.harness.kubeconfig import Access
from tests.cluster.harness.resources import Document, Resource

_TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


class Unknown(StrEnum):
    """What the API server does about a field that a schema doesn't know (fieldValidation)."""

    REFUSED = "Strict"
    PRUNED = "Ignore"


class Patch(StrEnum):
    """The media types of patches."""

    MERGE = "application/merge-patch+json"
    JSON = "application/json-patch+json"
    APPLY = "application/apply-patch+yaml"


class Refused(Exception):
    """The API server answered with a Status other than success.

    Args:
        code: HTTP status.
        reason: one word for programs, such as AlreadyExists.
        causes: the fields at fault, each with the message about it.
    """

    def __init__(self, code: int, status: Document) -> None:
        self.code = code
        self.reason: str = status.get("reason", "")
        causes = (status.get("details") or {}).get("causes") or ()
        self.causes = tuple((each.get("field", ""), each["message"]) for each in causes)
        super().__init__(f"{code} {self.reason}: {status.get('message', '')}")


@dataclass(frozen=True, slots=True)
class Event:
    """A change seen by a watch: ADDED, MODIFIED, DELETED or BOOKMARK, and the object."""

    type: str
    object: Document


@dataclass(frozen=True, slots=True)
class Client:
    """Comes to the API as one user. Documents go in and come out as plain JSON values.

    Every method raises `Refused` when the API server refuses.
    """

    session: aiohttp.ClientSession
    server_name: str | None = None

    async def create(
        self, document: Document, *, dry_run: bool = False, unknown: Unknown = Unknown.REFUSED
    ) -> Document:
        """Create an object; one with `generateName` gets a name of its own."""
        return await self.request(
            "POST", resources.collection_of(document), _options(dry_run, unknown), document
        )

    async def apply(
        self,
        document: Document,
        *,
        dry_run: bool = False,
        unknown: Unknown = Unknown.REFUSED,
        manager: str = "certwright-tests",
        force: bool = False,
    ) -> Document:
        """Create or change an object by server-side apply."""
        options = _options(dry_run, unknown) | {
            "fieldManager": manager,
            "force": str(force).lower(),
        }
        path = resources.path_of(document)
        return await self.request("PATCH", path, options, document, Patch.APPLY)

    async def replace(
        self,
        document: Document,
        *,
        subresource: str = "",
        dry_run: bool = False,
        unknown: Unknown = Unknown.REFUSED,
    ) -> Document:
        """Replace an object, at its `resourceVersion` if the document has one."""
        path = resources.path_of(document, subresource)
        return await self.request("PUT", path, _options(dry_run, unknown), document)

    async def patch(self, path: str, patch: Any, kind: Patch = Patch.MERGE) -> Document:
        """Patch the object at a path."""
        return await self.request("PATCH", path, {}, patch, kind)

    async def get(self, resource: Resource, name: str, namespace: str | None = None) -> Document:
        """Return an object, read live."""
        return await self.request("GET", resource.path(namespace, name))

    async def objects(
        self, resource: Resource, namespace: str | None = None, **selectors: str
    ) -> list[Document]:
        """Return the objects of a namespace, or of all; `selectors` as `labelSelector`."""
        listed = await self.request("GET", resource.path(namespace), selectors)
        items: list[Document] = listed["items"]
        return items

    async def delete(
        self, resource: Resource, name: str, namespace: str | None = None, **options: str
    ) -> Document:
        """Delete an object; `options` as `propagationPolicy`."""
        return await self.request("DELETE", resource.path(namespace, name), options)

    async def table(self, path: str) -> list[dict[str, Any]]:
        """Return what `kubectl get` shows: a row an object, its cells by column."""
        table = await self.request("GET", path, accept=_TABLE)
        columns = [column["name"] for column in table["columnDefinitions"]]
        return [dict(zip(columns, row["cells"], strict=True)) for row in table["rows"]]

    async def watch(
        self, resource: Resource, namespace: str | None = None, **options: str
    ) -> AsyncGenerator[Event, None]:
        """Yield changes until the server ends the watch; from now on, or `resourceVersion`.

        Close the iterator when done with it (`contextlib.aclosing`): it holds a connection.
        """
        options = {"watch": "true", "timeoutSeconds": "60"} | options
        async with self._answer("GET", resource.path(namespace), options) as answer:
            kept = b""
            async for part in answer.content.iter_any():
                *lines, kept = (kept + part).split(b"\n")
                for line in lines:
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        raise Refused(event["object"].get("code", 0), event["object"])
                    yield Event(event["type"], event["object"])

    async def request(
        self,
        method: str,
        path: str,
        options: dict[str, str] | None = None,
        body: Any = None,
        media_type: str = "application/json",
        accept: str = "application/json",
    ) -> Document:
        """Send a request to any path and return the JSON of the answer."""
        answered = self._answer(method, path, options or {}, body, media_type, accept)
        async with answered as answer:
            document: Document = await answer.json()
            return document

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        path: str,
        options: dict[str, str],
        body: Any = None,
        media_type: str = "application/json",
        accept: str = "application/json",
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = {"Accept": accept, "Content-Type": media_type}
        data = None if body is None else json.dumps(body).encode()
        async with self.session.request(
            method,
            path,
            params=options,
            data=data,
            headers=headers,
            server_hostname=self.server_name,
        ) as answer:
            if answer.status >= 400:
                raise Refused(answer.status, _status(await answer.text()))
            yield answer


@asynccontextmanager
async def opened(access: Access) -> AsyncIterator[Client]:
    """Give a client that comes by `access`; it closes its connections at the end."""
    connector = aiohttp.TCPConnector(ssl=access.trust())
    headers = {"Authorization": f"Bearer {access.token}"} if access.token else {}
    async with aiohttp.ClientSession(
        access.server,
        connector=connector,
        headers=headers,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=90),
    ) as session:
        yield Client(session, access.server_name)


def _options(dry_run: bool, unknown: Unknown) -> dict[str, str]:
    return {"fieldValidation": unknown} | ({"dryRun": "All"} if dry_run else {})


def _status(text: str) -> Document:
    """Return the Status of an answer; what is not the API's own is its message as it stands."""
    try:
        status: Document = json.loads(text)
    except ValueError:
        return {"message": text}
    return status
