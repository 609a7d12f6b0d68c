"""YAML text -> documents of plain values, with their lines.

The values are built straight from the parser's events, not by a PyYAML constructor: no tag can
name a type, aliases can be counted, and every duplicate key is seen. It takes the parser that
PyYAML's wheels contain (libyaml): it is ten times faster, and no nesting exhausts its stack.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from certwright.resources.errors import FieldPath, show
from certwright.resources.raw import MOST_DEPTH, MOST_VALUES, Problem, RawDocument, Unreadable
from certwright.resources.scalars import Scalar, resolve_plain

_TAG = "tag:yaml.org,2002:"
_TAGGED: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "null": (type(None),),
}
_MERGE = "<<"


def read_yaml(text: str) -> Iterator[RawDocument]:
    """Yield the documents of a text; what follows a syntax error can't be read."""
    events = yaml.parse(text, Loader=yaml.CBaseLoader)
    try:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                yield _Builder(events).document(_line(event))
    except yaml.YAMLError as error:
        yield RawDocument(problems=(_syntax_problem(error),))


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context
        return Problem(f"is not YAML: {problem}", mark.line + 1 if mark else 0)
    return Problem(f"is not YAML: {str(error).splitlines()[0]}")


def _line(event: Any) -> int:
    line: int = event.start_mark.line + 1
    return line


class _Built(NamedTuple):
    """A value, how many values it is made of, and how deep they stand in each other."""

    value: Any
    size: int = 1
    height: int = 1


class _Builder:
    """Builds one document from the events that follow its start."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._anchors: dict[str, _Built] = {}
        self._lines: dict[FieldPath, int] = {}
        self._problems: list[Problem] = []

    def document(self, line: int) -> RawDocument:
        """Return the document, and leave the events at its end."""
        try:
            value = self._build(next(self._events), ()).value
        except Unreadable as error:
            self._problems.append(error.problem)
            value = None
        for event in self._events:
            if isinstance(event, yaml.DocumentEndEvent):
                break
        line = self._lines.get((), line)
        return RawDocument(value, line, self._lines, tuple(self._problems))

    def _build(self, event: Any, path: FieldPath) -> _Built:
        self._lines.setdefault(path, _line(event))
        if len(path) >= MOST_DEPTH:
            raise self._unreadable(event, path, f"is nested deeper than {MOST_DEPTH} levels")
        match event:
            case yaml.AliasEvent():
                built = self._alias(event, path)
            case yaml.ScalarEvent():
                built = _Built(self._scalar(event, path))
            case yaml.SequenceStartEvent():
                built = self._sequence(event, path)
            case _:
                built = self._mapping(event, path)
        if len(path) + built.height > MOST_DEPTH:
            raise self._unreadable(event, path, f"is nested deeper than {MOST_DEPTH} levels")
        if built.size > MOST_VALUES:
            raise self._unreadable(event, path, f"has more than {MOST_VALUES} values")
        if event.anchor and not isinstance(event, yaml.AliasEvent):
            self._anchors[event.anchor] = built
        return built

    def _unreadable(self, event: Any, path: FieldPath, message: str) -> Unreadable:
        return Unreadable(Problem(message, _line(event), path))

    def _alias(self, event: Any, path: FieldPath) -> _Built:
        if event.anchor not in self._anchors:
            raise self._unreadable(
                event, path, f"the alias *{event.anchor} stands for nothing before it"
            )
        return self._anchors[event.anchor]

    def _scalar(self, event: Any, path: FieldPath) -> Scalar:
        if event.tag is None and event.implicit[0]:
            return resolve_plain(event.value)
        if event.tag in {None, "!", f"{_TAG}str"}:
            return str(event.value)
        value = resolve_plain(event.value)
        if type(value) not in _TAGGED.get(event.tag.removeprefix(_TAG), ()):
            raise self._unreadable(
                event, path, f"the tag {event.tag} of {show(event.value)} is not supported here"
            )
        return value

    def _until(self, end: type[yaml.Event]) -> Iterator[Any]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _sequence(self, event: Any, path: FieldPath) -> _Built:
        self._check_tag(event, path, f"{_TAG}seq")
        items: list[Any] = []
        size, height = 1, 0
        for item in self._until(yaml.SequenceEndEvent):
            built = self._build(item, (*path, len(items)))
            items.append(built.value)
            size, height = size + built.size, max(height, built.height)
        return _Built(items, size, height + 1)

    def _mapping(self, event: Any, path: FieldPath) -> _Built:
        self._check_tag(event, path, f"{_TAG}map")
        members: dict[str, Any] = {}
        merged: list[Any] = []
        size, height = 1, 0
        for following in self._until(yaml.MappingEndEvent):
            key = self._key(following, path)
            if key in members:
                self._problems.append(
                    Problem(f"the key {show(key)} stands here twice", _line(following), path)
                )
            self._lines[*path, key] = _line(following)
            built = self._build(next(self._events), (*path, key))
            size, height = size + built.size, max(height, built.height)
            if key == _MERGE and following.implicit[0]:
                merged += self._merged(following, built.value, path)
            else:
                members[key] = built.value
        for mapping in merged:
            members = mapping | members
        return _Built(members, size, height + 1)

    def _merged(self, event: Any, value: object, path: FieldPath) -> list[dict[str, Any]]:
        mappings = value if isinstance(value, list) else [value]
        found = [mapping for mapping in mappings if isinstance(mapping, dict)]
        if len(found) != len(mappings):
            raise self._unreadable(event, path, "<< merges objects or lists of objects only")
        return found

    def _check_tag(self, event: Any, path: FieldPath, plain: str) -> None:
        if event.tag not in {None, "!", plain}:
            raise self._unreadable(event, path, f"the tag {event.tag} is not supported here")

    def _key(self, event: Any, path: FieldPath) -> str:
        """Return a key as text: as in Kubernetes, unquoted `yes: 1` has the key "true"."""
        if isinstance(event, yaml.ScalarEvent):
            key = self._scalar(event, path)
            if isinstance(key, bool):
                return "true" if key else "false"
            if key is not None:
                return str(key)
        raise self._unreadable(event, path, "a key must be text")
