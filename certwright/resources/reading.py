"""A file's bytes -> the objects it describes and the findings about it, each with its place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from certwright.resources.documents import read_documents
from certwright.resources.errors import (
    FieldPath,
    Place,
    ResourceError,
    ResourceNotice,
    listing,
    show,
    write_path,
)
from certwright.resources.kinds import KINDS, AnyResource
from certwright.resources.metadata import DEFAULT_NAMESPACE
from certwright.resources.model import API_VERSION, GROUP
from certwright.resources.namespaces import Namespace
from certwright.resources.raw import RawDocument
from certwright.resources.validation import InvalidResource, parse_model, parse_resource

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}")


@dataclass(frozen=True, slots=True)
class Read:
    """An object and where it was read."""

    place: Place
    resource: AnyResource | Namespace


Found = Read | ResourceError | ResourceNotice


def read_file(content: bytes, file: str) -> Iterator[Found]:
    """Yield what a file holds: objects, what is wrong with others, and what is left aside.

    `file` is the file's name for messages; one that ends in `.json` is read as JSON.
    """
    for number, raw in enumerate(read_documents(content, file), 1):
        place = Place(file, number, raw.line)
        for problem in raw.problems:
            there = replace(place, line=problem.line or raw.line)
            yield ResourceError(there, problem.message, write_path(problem.path))
        if not raw.problems and raw.value is not None:
            yield from _objects(_Reading(place, raw), raw.value)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Where reading stands: in a document, at an object of it."""

    place: Place
    raw: RawDocument
    prefix: FieldPath = ()

    def at(self, prefix: FieldPath) -> "_Reading":
        line = self.raw.line_of(prefix)
        return _Reading(replace(self.place, line=line), self.raw, prefix)

    def error(self, path: FieldPath, message: str, found: str = "") -> ResourceError:
        full = (*self.prefix, *path)
        line = self.raw.line_of(full)
        return ResourceError(replace(self.place, line=line), message, write_path(full), found)


def _objects(reading: _Reading, value: Any) -> Iterator[Found]:
    if not isinstance(value, dict):
        yield reading.error((), "must be an object with apiVersion and kind", show(value))
    elif missing := [f for f in ("apiVersion", "kind") if not isinstance(value.get(f), str)]:
        for name in missing:
            found = show(value[name]) if name in value else ""
            yield reading.error((name,), "is required, as text", found)
    elif value["kind"].endswith("List") and isinstance(value.get("items"), list):
        for index, item in enumerate(value["items"]):
            yield from _objects(reading.at((*reading.prefix, "items", index)), item)
    else:
        yield from _object(_named(reading, value), value)


def _named(reading: _Reading, value: Mapping[str, Any]) -> _Reading:
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    namespace = "" if value["kind"] == "Namespace" else metadata.get("namespace")
    place = replace(
        reading.place,
        kind=_plain(value["kind"]),
        namespace=_plain(DEFAULT_NAMESPACE if namespace is None else namespace),
        name=_plain(metadata.get("name")),
    )
    return replace(reading, place=place)


def _plain(name: object) -> str:
    """Return a name for messages; what doesn't look like one is shown by the error about it."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else ""


def _object(reading: _Reading, value: Mapping[str, Any]) -> Iterator[Found]:
    version, kind = value["apiVersion"], value["kind"]
    if (version, kind) != ("v1", "Namespace"):
        if version.partition("/")[0] != GROUP:
            message = f"ignored: {show(kind)} of {show(version)} is no kind of {GROUP}"
            yield ResourceNotice(reading.place, message)
            return
        if version != API_VERSION:
            yield reading.error(("apiVersion",), f"must be {API_VERSION}", show(version))
            return
        if kind not in KINDS:
            yield reading.error(("kind",), f"must be {listing(list(KINDS))}", show(kind))
            return
    try:
        yield Read(reading.place, _parsed(value))
    except InvalidResource as error:
        errors = [reading.error(f.path, f.message, f.found) for f in error.faults]
        yield from sorted(errors, key=lambda error: error.place.line)


def _parsed(value: Mapping[str, Any]) -> AnyResource | Namespace:
    if value["kind"] == "Namespace":
        return parse_model(Namespace, value)
    # As in the API server, a status is not taken from a document that people write.
    return parse_resource({name: member for name, member in value.items() if name != "status"})
