"""A document of one of the four kinds -> its model, or everything that is wrong with it.

In this order, so that nothing is said twice: types (the models), list types (the schema, as the
API server enforces them), and then, if those hold, the rules between fields.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from certwright.resources.checking import breaches, forbidden_changes
from certwright.resources.errors import FieldPath, show, write_path
from certwright.resources.kinds import KINDS, AnyResource
from certwright.resources.messages import Fault, explain
from certwright.resources.structural import Schema, structural_schema

M = TypeVar("M", bound=BaseModel)


class InvalidResource(Exception):
    """A document that is no valid object of its kind; `faults` has all that is wrong."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{write_path(f.path)}: {f.message}" for f in faults))


def parse_resource(document: Mapping[str, Any]) -> AnyResource:
    """Return the object of one of the four kinds that a document describes.

    `document` holds plain values, as read from YAML or from the API server; its `kind` is one of
    `KINDS`. A null counts as absent, as it does for the API server.

    Raises:
        InvalidResource: with all faults of types and lists, or else of rules between fields.
    """
    resource = parse_model(KINDS[document["kind"]], document)
    faults = tuple(
        Fault(path, rule.message, _scalar_at(document, path)) for path, rule in breaches(resource)
    )
    if faults:
        raise InvalidResource(faults)
    return resource


def parse_model(model: type[M], document: Mapping[str, Any]) -> M:
    """Return the model that a document describes, without asking the rules between fields.

    Raises:
        InvalidResource: with all faults of types and lists.
    """
    schema = structural_schema(model)
    plain = _without_nulls(document)
    faults = tuple(_repetitions(schema, plain))
    try:
        parsed = model.model_validate(plain, by_alias=True, by_name=False)
    except ValidationError as error:
        faults = (*explain(error.errors(), schema), *faults)
    else:
        if not faults:
            return parsed
    raise InvalidResource(faults)


def check_change(old: AnyResource, new: AnyResource) -> None:
    """Refuse a change of an object that the API server would refuse by its transition rules.

    Raises:
        InvalidResource: with everything that never changes and does.
    """
    faults = tuple(Fault(path, rule.message) for path, rule in forbidden_changes(old, new))
    if faults:
        raise InvalidResource(faults)


def _scalar_at(value: Any, path: FieldPath) -> str:
    """Return what to show of the value at a path: nothing of an object, which a path names."""
    for part in path:
        value = value[part]
    return "" if isinstance(value, Mapping) else show(value)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(element) for element in value]
    return value


def _repetitions(schema: Schema, value: object, path: FieldPath = ()) -> Iterator[Fault]:
    """Yield the elements of lists that repeat an earlier one where the schema forbids it."""
    if isinstance(value, dict):
        for name, member in schema.get("properties", {}).items():
            if name in value:
                yield from _repetitions(member, value[name], (*path, name))
    if isinstance(value, list) and "items" in schema:
        yield from _repeated_elements(schema, value, path)
        for index, element in enumerate(value):
            yield from _repetitions(schema["items"], element, (*path, index))


def _repeated_elements(schema: Schema, elements: list[Any], path: FieldPath) -> Iterator[Fault]:
    if schema["x-kubernetes-list-type"] == "atomic":
        return
    keys = tuple(schema.get("x-kubernetes-list-map-keys", ()))
    first: dict[str, FieldPath] = {}
    for index, element in enumerate(elements):
        here = (*path, index, *keys)
        try:
            found = json.dumps(element[keys[0]] if keys else element, sort_keys=True)
        except (LookupError, TypeError):
            continue  # no object, or without its key: the model says so
        if found in first:
            yield Fault(here, f"stands in {write_path(first[found])} already", found)
        first.setdefault(found, here)
