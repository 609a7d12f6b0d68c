"""Structural OpenAPI schemas, as CRDs demand them, made from the models.

Source: kubernetes.io, "Extend the Kubernetes API with CustomResourceDefinitions". There is no
`$ref`, no `anyOf` and no `additionalProperties: false` (the API server prunes what is unknown).
An optional field is merely absent: a null is pruned by the API server before defaults apply, and
by the loader, so nothing is `nullable`.
"""

import copy
import re
from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from certwright.resources.durations import format_duration

Schema = dict[str, Any]

_NOTHING: tuple[object, ...] = (None, [], {})

_KEPT = (
    "type",
    "format",
    "description",
    "default",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "required",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
)


_CHILDREN = frozenset({"items", "properties", "additionalProperties", "patternProperties"})

_DROPPED = frozenset({"$defs", "title", "const", "propertyNames"})
"""What a structural schema has no word for, or says in its own way; the rules say it instead."""


class _Generator(GenerateJsonSchema):
    """Writes a default as documents would: pydantic's own word for a duration is ISO 8601."""

    def encode_default(self, dft: Any) -> Any:
        """Return a default as JSON."""
        return format_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def structural_schema(model: type[BaseModel]) -> Schema:
    """Return the structural schema of a model's documents."""
    return copy.deepcopy(_structural_schema(model))


@cache
def _structural_schema(model: type[BaseModel]) -> Schema:
    raw = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    return _structural(raw, raw.get("$defs", {}))


def _structural(raw: Schema, definitions: Schema) -> Schema:
    node = _without_references(raw, definitions)
    if unknown := node.keys() - _DROPPED - _CHILDREN - {*_KEPT, "x-kubernetes-list-type"}:
        raise LookupError(f"structural schemas are made without {', '.join(sorted(unknown))}")
    schema = {key: node[key] for key in _KEPT if key in node}
    if "description" in schema:
        schema["description"] = _unwrapped(schema["description"])
    if "default" in schema:
        schema["default"] = _content(schema["default"])
        if schema["default"] in _NOTHING:
            del schema["default"]
    return schema | _children(node, definitions)


def _children(node: Schema, definitions: Schema) -> Schema:
    schema: Schema = {}
    if node["type"] == "array":
        schema["items"] = _structural(node["items"], definitions)
        schema["x-kubernetes-list-type"] = node.get("x-kubernetes-list-type", "atomic")
    if values := _map_values(node):
        schema["additionalProperties"] = _structural(values, definitions)
    if node.get("properties"):
        schema["properties"] = {
            name: _structural(member, definitions) for name, member in node["properties"].items()
        }
    return schema


def _map_values(node: Schema) -> Schema | None:
    """Return the schema of a map's values; a structural one has no words for a map's keys.

    Without it the API server would take every key for an unknown field and drop it.
    """
    if isinstance(node.get("additionalProperties"), dict):
        return dict(node["additionalProperties"])
    values: Schema | None
    (values,) = node.get("patternProperties", {"": None}).values()
    return values


def _without_references(raw: Schema, definitions: Schema) -> Schema:
    """Return a node with its `$ref` replaced by what is meant and `X | null` by X."""
    node = dict(raw)
    if reference := node.pop("$ref", None):
        return _without_references(
            {**definitions[reference.rpartition("/")[2]], **node}, definitions
        )
    if choices := node.pop("anyOf", None):
        (choice,) = (choice for choice in choices if choice != {"type": "null"})
        return {**_without_references(choice, definitions), **node}
    return node


def _content(default: object) -> object:
    """Return of a default what says anything: an object may be empty all the way down."""
    if not isinstance(default, dict):
        return default
    members = {name: _content(member) for name, member in default.items()}
    return {name: member for name, member in members.items() if member not in _NOTHING}


def _unwrapped(text: str) -> str:
    """Return a docstring with its lines joined to paragraphs."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)
