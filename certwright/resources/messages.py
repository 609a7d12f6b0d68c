"""What pydantic finds, said to the person who wrote the document."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

from certwright.resources.errors import FieldPath, listing, show
from certwright.resources.metadata import NAME_PATTERN, NAMESPACE_PATTERN
from certwright.resources.names import HTTP_URL_PATTERN
from certwright.resources.structural import Schema


class Fault(NamedTuple):
    """What is wrong at a path of a document: what is allowed, and what was found, if anything."""

    path: FieldPath
    message: str
    found: str = ""


_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "string_type": "must be text",
        "string_unicode": "must be text without lone surrogates",
        "int_type": "must be an integer",
        "bool_type": "must be true or false",
        "tuple_type": "must be a list",
        "model_type": "must be an object",
        "mapping_type": "must be an object",
        "dict_type": "must be an object",
        "too_short": "must have at least {min_length} item",
        "too_long": "must have at most {max_length} items",
    }
)

_PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        NAME_PATTERN: "must be lower-case letters, digits, '-' and '.', a letter or digit at each"
        " end (a DNS-1123 subdomain)",
        NAMESPACE_PATTERN: "must be lower-case letters, digits and '-', a letter or digit at each"
        " end (a DNS-1123 label)",
        HTTP_URL_PATTERN: "must be an absolute URL, such as http://crl.acme.example/issuing.crl",
        "-----BEGIN CERTIFICATE-----": "must be PEM with -----BEGIN CERTIFICATE-----",
    }
)


def explain(errors: Sequence[ErrorDetails], schema: Schema) -> Iterator[Fault]:
    """Yield the faults that the errors of a model with this schema stand for."""
    parents = {error["loc"][:end] for error in errors for end in range(len(error["loc"]))}
    for error in errors:
        # A list counts its valid elements: "too short" may only repeat that one is invalid.
        if error["type"] != "too_short" or error["loc"] not in parents:
            yield _explain(error, schema)


def _explain(error: ErrorDetails, schema: Schema) -> Fault:
    # Pydantic marks the key of a mapping itself, as against its value, by a last "[key]".
    path = tuple(part for part in error["loc"] if part != "[key]")
    match error["type"]:
        case "missing":
            return Fault(path, "is required")
        case "extra_forbidden":
            return Fault(path, _unknown_field(str(path[-1]), _fields_at(schema, path[:-1])))
        case "value_error":
            return Fault(path, str(error["ctx"]["error"]), show(error["input"]))
        case "string_pattern_mismatch":
            pattern = str(error["ctx"]["pattern"])
            message = _PATTERNS.get(pattern, f"must match {pattern}")
        case "string_type":
            message = _MESSAGES["string_type"] + _quotes(error["input"])
        case "enum" | "literal_error":
            message = f"must be {_words(str(error['ctx']['expected']))}"
        case kind:
            message = _message(kind, error.get("ctx", {})) or error["msg"].replace(
                "Input should", "must"
            )
    return Fault(path, message, show(error["input"]))


def _message(kind: str, context: Mapping[str, Any]) -> str:
    return _MESSAGES.get(kind, "").format(**context)


def _quotes(found: object) -> str:
    if isinstance(found, bool):
        return " in quotes (unquoted yes, no, on, off, y, n, true and false are booleans)"
    return " in quotes" if isinstance(found, int | float) else ""


def _words(expected: str) -> str:
    """Return pydantic's list of quoted words without the quotes."""
    return expected.replace("'", "")


def _unknown_field(name: str, known: tuple[str, ...]) -> str:
    by_lower_case = {field.lower(): field for field in known}
    plain = name.replace("_", "").replace("-", "").lower()
    near = difflib.get_close_matches(plain, by_lower_case, n=1, cutoff=0.6)
    if near:
        return f"is no known field; did you mean {by_lower_case[near[0]]}?"
    if not known:
        return "is no known field; none is allowed here"
    return f"is no known field; allowed: {listing(sorted(known))}"


def _fields_at(schema: Schema, path: FieldPath) -> tuple[str, ...]:
    node: Any = schema
    for part in path:
        node = node["items"] if isinstance(part, int) else node["properties"][part]
    return tuple(node.get("properties", ()))
