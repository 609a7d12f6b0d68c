"""The store for servers in a cluster: objects of the API server, in the server's own namespace.

An object's `resourceVersion` is its document's version. Reads name no resource version, so they are
live (kubernetes.io: "Resource versions"). A write is sent once; what became of one whose answer got
lost is settled by `services.documents`.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import quote

from acme_server.domain.documents.document import Kind
from acme_server.kubernetes_api.access import Access
from acme_server.kubernetes_api.answers import Answer, Object, reason
from acme_server.kubernetes_api.connection import APIUnavailable, Connection
from acme_server.ports import (
    AlreadyExists,
    Conflict,
    Record,
    Selection,
    Stored,
    StoreUnavailable,
)
from acme_server.stores.kubernetes import answers, selecting
from acme_server.stores.kubernetes.kinds import path
from acme_server.stores.kubernetes.objects import encode, to_object, to_stored

#: Objects of a list that the API server is asked for at once.
PAGE = 500

#: An unknown member is refused, not dropped with a warning: the CRDs are older than this server.
_STRICT = {"fieldValidation": "Strict"}

#: Name of the object that is never stored.
_TRIAL = "trial"


class KubernetesStore:
    """A `Store` on an API server. It belongs to the event loop that it was opened on."""

    def __init__(self, connection: Connection, namespace: str) -> None:
        self._connection = connection
        self._namespace = namespace

    @classmethod
    def open(cls, access: Access, namespace: str, *, timeout: float = 10.0) -> Self:
        """Return the store of a namespace, on a running loop; nothing is sent yet.

        `timeout` and errors as `Connection.open` has them.
        """
        return cls(Connection.open(access, timeout=timeout), namespace)

    async def close(self) -> None:
        """Finish what is being written and let go of everything; all else raises from now on."""
        await self._connection.close()

    async def get(self, kind: Kind, id: str) -> Stored | None:  # noqa: A002
        """Return the current document, or None."""
        answer = await self._request("GET", self._path(kind, id))
        if answer.status == HTTPStatus.OK:
            return to_stored(kind, answers.content(answer))
        if answers.is_absence(answer, kind, id):
            return None
        raise answers.unavailable(answer)

    async def create(self, record: Record) -> str:
        """Store a new document durably and return its version; raise `AlreadyExists`."""
        sent = encode(to_object(record, _write()))
        place = path(self._namespace, record.kind)
        answer = await self._request("POST", place, _STRICT, sent)
        if answer.status == HTTPStatus.CREATED:
            return _version(answer)
        if reason(answer) == "AlreadyExists":
            raise AlreadyExists(f"the {record.kind} {record.id} is there already")
        raise answers.unavailable(answer)

    async def replace(self, record: Record, version: str) -> str:
        """Store a document over `version` durably and return the new one; raise `Conflict`."""
        sent = encode(to_object(record, _write(), version))
        place = self._path(record.kind, record.id)
        answer = await self._request("PUT", place, _STRICT, sent)
        self._check(answer, record.kind, record.id, version)
        return _version(answer)

    async def delete(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
        """Remove a document at `version` durably; raise `Conflict`."""
        options = encode({"preconditions": {"resourceVersion": version}})
        answer = await self._request("DELETE", self._path(kind, id), body=options)
        self._check(answer, kind, id, version)

    async def scan(self, selection: Selection) -> AsyncIterator[Stored]:
        """Yield the documents of a selection in order of their ids, each page as it is then.

        A page is a snapshot that the API server keeps for some minutes; when it has let go of it,
        the list goes on behind the last name, as things are by then.
        """
        last, left = selection.after, selection.limit
        token = selecting.place_after(last) if last else ""
        while left > 0:
            page = await self._page(selection, min(PAGE, left), token, last)
            for item in page["items"][:left]:
                stored = to_stored(selection.kind, item)
                last, left = stored.record.id, left - 1
                yield stored
            token = page["metadata"].get("continue", "")
            if not token:
                return

    async def count(self, kind: Kind) -> int:
        """Return about how many documents of a kind are stored: cheap, from one of them on."""
        page = _list(await self._request("GET", path(self._namespace, kind), {"limit": "1"}))
        remaining = page["metadata"].get("remainingItemCount", 0)
        return len(page["items"]) + int(remaining)

    async def try_writing(self) -> None:
        """Return if a document would be taken; raise `StoreForbidden` or `StoreUnavailable`.

        A dry run passes RBAC and admission policies as a write does, and stores nothing.
        """
        record = Record(Kind.ACCOUNT, _TRIAL, b"")
        place = path(self._namespace, record.kind)
        sent = encode(to_object(record, _write()))
        answer = await self._request("POST", place, {**_STRICT, "dryRun": "All"}, sent)
        if answer.status != HTTPStatus.CREATED:
            raise answers.refusal(answer)

    async def _page(self, selection: Selection, limit: int, token: str, last: str) -> Object:
        """Return a page of a list from a continue token on."""
        options = {"limit": str(limit)}
        if labelled := selecting.selector(selection):
            options["labelSelector"] = labelled
        place = path(self._namespace, selection.kind)
        if token:
            answer = await self._request("GET", place, {**options, "continue": token})
            if answer.status != HTTPStatus.GONE:
                return _list(answer)
            if last:
                options["continue"] = selecting.place_after(last)
        return _list(await self._request("GET", place, options))

    async def _request(
        self,
        method: str,
        place: str,
        options: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        try:
            return await self._connection.request(method, place, options, body)
        except APIUnavailable as error:
            raise StoreUnavailable(str(error)) from error

    def _path(self, kind: Kind, id: str) -> str:  # noqa: A002
        return f"{path(self._namespace, kind)}/{quote(id, safe='')}"

    @staticmethod
    def _check(answer: Answer, kind: Kind, id: str, version: str) -> None:  # noqa: A002
        """Raise unless an answer to a write at a version is a success."""
        if answer.status == HTTPStatus.OK:
            return
        if reason(answer) == "Conflict" or answers.is_absence(answer, kind, id):
            raise Conflict(f"the {kind} {id} is not at version {version} any more")
        raise answers.unavailable(answer)


def _write() -> str:
    return secrets.token_hex(8)


def _version(answer: Answer) -> str:
    version: str = answers.content(answer)["metadata"]["resourceVersion"]
    return version


def _list(answer: Answer) -> dict[str, Any]:
    if answer.status != HTTPStatus.OK:
        raise answers.unavailable(answer)
    return answers.content(answer)
