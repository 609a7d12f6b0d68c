"""Runs the table of rules over objects: which rule an object breaks, and where."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import BaseModel

from certwright.resources.errors import FieldPath
from certwright.resources.kinds import AnyResource
from certwright.resources.model import camel_case
from certwright.resources.rule import Rule, TransitionRule
from certwright.resources.rules import RULES


class Breach(NamedTuple):
    """A rule that does not hold at a path of an object."""

    path: FieldPath
    rule: Rule | TransitionRule


def breaches(
    resource: AnyResource, rules: Iterable[Rule | TransitionRule] = RULES
) -> Iterator[Breach]:
    """Yield each rule between fields that `resource` breaks, with the path of the breach."""
    for rule in rules:
        if isinstance(rule, Rule) and rule.kind == resource.kind:
            for path, value in _values(resource, tuple(rule.path.split("."))):
                if not rule.holds(value):
                    yield Breach(path, rule)


def forbidden_changes(old: AnyResource, new: AnyResource) -> Iterator[Breach]:
    """Yield each transition rule that the change of an object from `old` to `new` breaks.

    Both are the same object at two times. As in the API server, a rule is asked where both have a
    value at its path.
    """
    for rule in RULES:
        if isinstance(rule, TransitionRule) and rule.kind == new.kind:
            former = dict(_values(old, tuple(rule.path.split("."))))
            for path, value in _values(new, tuple(rule.path.split("."))):
                if path in former and not rule.holds(former[path], value):
                    yield Breach(path, rule)


def _values(
    value: object, fields: tuple[str, ...], path: FieldPath = ()
) -> Iterator[tuple[FieldPath, object]]:
    """Yield the values that a rule's path finds below `value`, each with its own path."""
    if value is None:
        return
    if not fields:
        yield path, value
        return
    field = fields[0].removesuffix("[]")
    found = _member(value, field)
    if fields[0].endswith("[]"):
        for index, element in enumerate(found if isinstance(found, tuple) else ()):
            yield from _values(element, fields[1:], (*path, field, index))
    else:
        yield from _values(found, fields[1:], (*path, field))


def _member(value: object, field: str) -> object:
    """Return a field of a model by its name in documents."""
    assert isinstance(value, BaseModel)  # noqa: S101
    for name, info in type(value).model_fields.items():
        if field == (info.validation_alias or camel_case(name)):
            return getattr(value, name)
    raise LookupError(f"{type(value).__name__} has no field {field}")
