"""The Lease (coordination.k8s.io/v1) as a value, and the requests for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from acme_server.kubernetes_api import answers
from acme_server.kubernetes_api.answers import Answer, Object
from acme_server.kubernetes_api.connection import APIUnavailable, Connection
from acme_server.membership.port import MembershipUnavailable

GROUP = "coordination.k8s.io"
PLURAL = "leases"
_API_VERSION = f"{GROUP}/v1"
_MANAGED_BY = {"app.kubernetes.io/managed-by": "certwright"}


class LeaseChanged(Exception):
    """Somebody else was faster: the Lease exists already, is another one, or is gone."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A Lease. Its times are texts: they are another machine's and compared for equality only."""

    name: str
    holder: str
    seconds: int
    renewed: str
    acquired: str = ""
    transitions: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    uid: str = ""
    version: str = ""


def timestamp(now: datetime) -> str:
    """Return a MicroTime: RFC 3339 in UTC with six digits after the second."""
    return f"{now:%Y-%m-%dT%H:%M:%S.%f}Z"


class Leases:
    """The Leases of a namespace. Each request raises `MembershipUnavailable` without an answer."""

    def __init__(self, connection: Connection, namespace: str) -> None:
        """Ask over `connection`, which whoever opened it closes."""
        self._connection = connection
        self._path = f"/apis/{_API_VERSION}/namespaces/{namespace}/{PLURAL}"

    async def labelled(self, selector: str) -> list[Lease]:
        """Return the Leases that a label selector picks, as they are now."""
        answer = await self._request("GET", self._path, {"labelSelector": selector})
        return [_read(each) for each in _content(answer).get("items") or ()]

    async def get(self, name: str) -> Lease | None:
        """Return a Lease as it is now, or None."""
        answer = await self._request("GET", f"{self._path}/{name}")
        if answers.is_absence(answer, GROUP, PLURAL, name):
            return None
        return _read(_content(answer))

    async def create(self, lease: Lease) -> Lease:
        """Make a Lease and return it; raise `LeaseChanged` when there is one of its name."""
        answer = await self._request("POST", self._path, body=_written(lease))
        if answer.status == HTTPStatus.CONFLICT:
            raise LeaseChanged(f"there is a Lease {lease.name} already")
        return _read(_content(answer))

    async def replace(self, lease: Lease) -> Lease:
        """Replace a Lease at its `version` and return it; raise `LeaseChanged`."""
        answer = await self._request("PUT", f"{self._path}/{lease.name}", body=_written(lease))
        if answer.status == HTTPStatus.CONFLICT or self._is_gone(answer, lease):
            raise LeaseChanged(f"the Lease {lease.name} was changed meanwhile")
        return _read(_content(answer))

    async def delete(self, lease: Lease) -> None:
        """Remove a Lease as it was read; raise `LeaseChanged` if it is another one by now."""
        options = {"preconditions": {"uid": lease.uid, "resourceVersion": lease.version}}
        body = json.dumps(options).encode()
        answer = await self._request("DELETE", f"{self._path}/{lease.name}", body=body)
        if answer.status == HTTPStatus.CONFLICT:
            raise LeaseChanged(f"the Lease {lease.name} was changed meanwhile")
        if not self._is_gone(answer, lease):
            _content(answer)

    async def _request(
        self,
        method: str,
        path: str,
        options: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        try:
            return await self._connection.request(method, path, options, body)
        except APIUnavailable as error:
            raise MembershipUnavailable(str(error)) from error

    def _is_gone(self, answer: Answer, lease: Lease) -> bool:
        return answers.is_absence(answer, GROUP, PLURAL, lease.name)


def _content(answer: Answer) -> Object:
    """Return what a successful answer holds."""
    found = answers.content(answer)
    if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED) or found is None:
        raise MembershipUnavailable(answers.sentence(answer))
    return found


def _read(found: Object) -> Lease:
    """Return a Lease; whatever of it somebody left out is empty."""
    metadata = found.get("metadata") or {}
    spec = found.get("spec") or {}
    return Lease(
        name=metadata.get("name", ""),
        holder=spec.get("holderIdentity") or "",
        seconds=spec.get("leaseDurationSeconds") or 0,
        renewed=spec.get("renewTime") or "",
        acquired=spec.get("acquireTime") or "",
        transitions=spec.get("leaseTransitions") or 0,
        labels=metadata.get("labels") or {},
        annotations=metadata.get("annotations") or {},
        created=metadata.get("creationTimestamp") or "",
        uid=metadata.get("uid", ""),
        version=metadata.get("resourceVersion", ""),
    )


def _written(lease: Lease) -> bytes:
    metadata: dict[str, Any] = {
        "name": lease.name,
        "labels": {**_MANAGED_BY, **lease.labels},
        "annotations": dict(lease.annotations),
    }
    # With the UID of another one of that name, the API server answers a conflict.
    if lease.version:
        metadata |= {"resourceVersion": lease.version, "uid": lease.uid}
    spec: dict[str, Any] = {
        "holderIdentity": lease.holder,
        "leaseDurationSeconds": lease.seconds,
        "renewTime": lease.renewed,
        "leaseTransitions": lease.transitions,
    }
    if lease.acquired:
        spec["acquireTime"] = lease.acquired
    document = {"apiVersion": _API_VERSION, "kind": "Lease", "metadata": metadata, "spec": spec}
    return json.dumps(document).encode()
