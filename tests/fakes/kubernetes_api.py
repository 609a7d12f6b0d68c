"""An API server in memory, as far as the operator asks one."""

import base64
import copy
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from certwright_operator.api.port import (
    KINDS,
    SECRETS,
    AlreadyExists,
    Conflict,
    Invalid,
    NotFound,
    NotServed,
    Object,
    Resource,
    Unavailable,
)

Place = tuple[str, str, str]
"""Plural, namespace and name of an object; a namespace may be empty."""

Watcher = Callable[[str, str | None, Mapping[str, Any]], None]
"""Is told of every change: plural, ADDED, MODIFIED or DELETED, and the object."""

_READS = {"get", "list"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request that came: its verb is get, list, create, replace, apply, merge or delete."""

    verb: str
    plural: str
    namespace: str
    name: str
    subresource: str = ""


class FakeAPI:
    """Keeps objects, versions and UIDs as an API server does, and notes every request.

    Attributes:
        calls: What was asked, in order.
        before: Called with each request before it is looked at; what it raises, the caller gets.
        after: Called with each request that changed something; what it raises, the caller gets,
            as when an answer is lost.
        down: While true, every request raises `Unavailable`.
        unserved: Plurals of kinds that aren't served.
        watchers: Told of every change.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.before: Callable[[Call], None] | None = None
        self.after: Callable[[Call], None] | None = None
        self.down = False
        self.unserved: set[str] = set()
        self.watchers: list[Watcher] = []
        self._objects: dict[Place, Object] = {}
        self._applied: dict[tuple[Place, str], Object] = {}
        self._versions = itertools.count(1000)
        self._uids = itertools.count(1000)

    @property
    def writes(self) -> list[Call]:
        """What was asked to be written, in order."""
        return [call for call in self.calls if call.verb not in _READS]

    def found(self, resource: Resource, namespace: str | None, name: str) -> Object | None:
        """Return an object without a request, or None."""
        kept = self._objects.get((resource.plural, namespace or "", name))
        return copy.deepcopy(kept)

    def objects(self, resource: Resource, namespace: str | None = None) -> list[Object]:
        """Return all objects of a kind without a request."""
        return [
            copy.deepcopy(kept)
            for place, kept in sorted(self._objects.items())
            if place[0] == resource.plural and namespace in (None, place[1])
        ]

    def put(self, resource: Resource, namespace: str | None, body: Object) -> Object:
        """Create an object or replace it whole, as somebody else would; status included."""
        place = (resource.plural, namespace or "", body["metadata"]["name"])
        new = copy.deepcopy(body)
        return self._keep(resource, place, new)

    def remove(self, resource: Resource, namespace: str | None, name: str) -> None:
        """Delete an object as somebody else would."""
        self._drop((resource.plural, namespace or "", name))

    async def get(self, resource: Resource, namespace: str | None, name: str) -> Object:
        """See `API.get`."""
        place = self._asked("get", resource, namespace, name)
        return copy.deepcopy(self._existing(place))

    async def pages(
        self, resource: Resource, namespace: str | None, labels: str = "", limit: int = 500
    ) -> AsyncIterator[Object]:
        """See `API.pages`."""
        self._asked("list", resource, namespace, "")
        asked = 1
        listed = [each for each in self.objects(resource, namespace) if _selected(labels, each)]
        for number, each in enumerate(listed):
            if number >= asked * limit:
                self._asked("list", resource, namespace, "")
                asked += 1
            yield each

    async def create(self, resource: Resource, namespace: str | None, body: Object) -> Object:
        """See `API.create`."""
        name = body["metadata"]["name"]
        place = self._asked("create", resource, namespace, name)
        if place in self._objects:
            raise AlreadyExists(409, "AlreadyExists", f'{resource.plural} "{name}" already exists')
        new = copy.deepcopy(body)
        if resource in KINDS.values():
            new.pop("status", None)
        return self._changed("create", resource, place, new)

    async def replace(
        self, resource: Resource, namespace: str | None, name: str, body: Object
    ) -> Object:
        """See `API.replace`."""
        place = self._asked("replace", resource, namespace, name)
        old = self._existing(place)
        new = copy.deepcopy(body)
        _check_version(new, old)
        if resource in KINDS.values():
            _keep_status(new, old)
        return self._changed("replace", resource, place, new)

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
        place = self._asked("apply", resource, namespace, name, subresource)
        old = self._objects.get(place)
        if old is None and subresource:
            raise _not_found(place)
        if old is None and "uid" in body.get("metadata", {}):
            raise Conflict(409, "Conflict", f'{resource.plural} "{name}" is not there')
        if old is not None:
            _check_version(body, old)
        wanted = _part_of(body, resource, subresource)
        before = self._applied.get((place, subresource), {})
        base = copy.deepcopy(old) if old is not None else {"metadata": {"name": name}}
        new = _merged(_without(base, before, wanted), wanted)
        answer = self._changed("apply", resource, place, new, subresource)
        self._applied[place, subresource] = wanted
        return answer

    async def merge(
        self, resource: Resource, namespace: str | None, name: str, body: Object
    ) -> Object:
        """See `API.merge`."""
        place = self._asked("merge", resource, namespace, name)
        old = self._existing(place)
        _check_version(body, old)
        new = _patched(old, body)
        if resource in KINDS.values():
            _keep_status(new, old)
        return self._changed("merge", resource, place, new)

    async def delete(
        self, resource: Resource, namespace: str | None, name: str, *, uid: str, version: str = ""
    ) -> None:
        """See `API.delete`."""
        place = self._asked("delete", resource, namespace, name)
        old = self._objects.get(place)
        if old is None:
            return
        metadata = old["metadata"]
        if uid != metadata["uid"] or version not in ("", metadata["resourceVersion"]):
            raise Conflict(409, "Conflict", f'{resource.plural} "{name}" is another one')
        self._drop(place)
        self._told_after("delete", place)

    def _asked(
        self,
        verb: str,
        resource: Resource,
        namespace: str | None,
        name: str,
        subresource: str = "",
    ) -> Place:
        call = Call(verb, resource.plural, namespace or "", name, subresource)
        self.calls.append(call)
        if self.before is not None:
            self.before(call)
        if self.down:
            raise Unavailable("the API server doesn't answer")
        if resource.plural in self.unserved:
            raise NotServed(404, "NotFound", f"{resource.plural} are not served")
        return resource.plural, namespace or "", name

    def _existing(self, place: Place) -> Object:
        if place not in self._objects:
            raise _not_found(place)
        return self._objects[place]

    def _changed(
        self, verb: str, resource: Resource, place: Place, new: Object, subresource: str = ""
    ) -> Object:
        answer = self._keep(resource, place, new)
        self._told_after(verb, place, subresource)
        return answer

    def _told_after(self, verb: str, place: Place, subresource: str = "") -> None:
        if self.after is not None:
            self.after(Call(verb, *place, subresource))

    def _keep(self, resource: Resource, place: Place, new: Object) -> Object:
        old = self._objects.get(place)
        _check_immutable(resource, old, new)
        _read_secret(resource, new)
        metadata = new["metadata"]
        new["apiVersion"], new["kind"] = resource.api_version, resource.kind
        if place[1]:
            metadata["namespace"] = place[1]
        if old is None:
            metadata |= {"uid": f"uid-{next(self._uids)}", "generation": 1}
            metadata.setdefault("creationTimestamp", "2026-11-23T12:00:00Z")
        else:
            kept = ("uid", "generation", "creationTimestamp", "resourceVersion")
            metadata |= {member: old["metadata"][member] for member in kept}
            if new == old:
                return copy.deepcopy(old)
            if new.get("spec") != old.get("spec"):
                metadata["generation"] += 1
        metadata["resourceVersion"] = str(next(self._versions))
        self._objects[place] = new
        self._tell(place, "ADDED" if old is None else "MODIFIED", new)
        return copy.deepcopy(new)

    def _drop(self, place: Place) -> None:
        old = self._objects.pop(place)
        for subresource in ("", "status"):
            self._applied.pop((place, subresource), None)
        old["metadata"]["resourceVersion"] = str(next(self._versions))
        self._tell(place, "DELETED", old)

    def _tell(self, place: Place, type_: str, body: Object) -> None:
        for watcher in self.watchers:
            watcher(place[0], type_, copy.deepcopy(body))


def _not_found(place: Place) -> NotFound:
    return NotFound(404, "NotFound", f'{place[0]} "{place[2]}" not found')


def _version(body: Object) -> str:
    version: str = body.get("metadata", {}).get("resourceVersion", "")
    return version


def _check_version(body: Object, old: Object) -> None:
    if _version(body) not in ("", _version(old)):
        raise Conflict(409, "Conflict", "the object has been modified")
    if body.get("metadata", {}).get("uid", old["metadata"]["uid"]) != old["metadata"]["uid"]:
        raise Conflict(409, "Conflict", "the object is another one of that name")


def _check_immutable(resource: Resource, old: Object | None, new: Object) -> None:
    if resource != SECRETS or old is None or not old.get("immutable"):
        return
    if new.get("data") != old.get("data") or not new.get("immutable"):
        raise Invalid(422, "Invalid", "field is immutable when `immutable` is set")


def _read_secret(resource: Resource, new: Object) -> None:
    """Look at a Secret as the API server does: at its base64, and its type."""
    if resource != SECRETS:
        return
    for member, value in (new.get("data") or {}).items():
        try:
            base64.b64decode(value, validate=True)
        except ValueError:
            raise Invalid(400, "BadRequest", f"data.{member} is not base64") from None
    new.setdefault("type", "Opaque")


def _keep_status(new: Object, old: Object) -> None:
    new.pop("status", None)
    if "status" in old:
        new["status"] = copy.deepcopy(old["status"])


def _part_of(body: Object, resource: Resource, subresource: str) -> Object:
    """Return what of an applied body counts: the status of a subresource, all else of an object."""
    if subresource:
        return {subresource: copy.deepcopy(body.get(subresource, {}))}
    wanted = copy.deepcopy(body)
    if resource in KINDS.values():
        wanted.pop("status", None)
    for member in ("resourceVersion", "uid"):
        wanted.get("metadata", {}).pop(member, None)
    return wanted


def _without(base: Object, before: Object, wanted: Object) -> Object:
    """Take away what the last apply set and this one doesn't."""
    for member, value in before.items():
        if member not in wanted:
            base.pop(member, None)
        elif isinstance(value, dict) and isinstance(wanted[member], dict):
            base[member] = _without(base.get(member) or {}, value, wanted[member])
    return base


def _merged(base: Object, wanted: Object) -> Object:
    for member, value in wanted.items():
        if isinstance(value, dict) and isinstance(base.get(member), dict):
            base[member] = _merged(base[member], value)
        else:
            base[member] = copy.deepcopy(value)
    return base


def _patched(target: Any, patch: Any) -> Any:
    """Apply a merge patch (RFC 7396 section 2)."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = copy.deepcopy(target) if isinstance(target, dict) else {}
    for member, value in patch.items():
        if value is None:
            result.pop(member, None)
        else:
            result[member] = _patched(result.get(member), value)
    return result


def _selected(labels: str, body: Object) -> bool:
    """Tell whether a selector of equalities and bare keys selects an object."""
    carried = body["metadata"].get("labels") or {}
    for requirement in filter(None, labels.split(",")):
        key, equals, value = requirement.partition("=")
        if key not in carried or (equals and carried[key] != value):
            return False
    return True
