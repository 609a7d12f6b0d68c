"""docs/reference/resources.md: every field of every kind, from the CRDs."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from scripts.reference.markdown import code, prose, table

Schema = Mapping[str, Any]

_ORDER: Final = (
    "CertificateAuthority",
    "CertificateTemplate",
    "CertificateProfile",
    "EABCredential",
)
"""The kinds that people write, in the order in which they write them."""

_BOUNDS: Final = (
    ("minLength", "maxLength", "characters"),
    ("minItems", "maxItems", "items"),
    ("minProperties", "maxProperties", "entries"),
    ("minimum", "maximum", ""),
)


def page(crds: Path) -> str:
    """Return the page, from the CRDs below a folder."""
    documents = [yaml.safe_load(file.read_text()) for file in sorted(crds.rglob("*.yaml"))]
    by_kind = {each["spec"]["names"]["kind"]: each["spec"] for each in documents}
    written = [by_kind.pop(kind) for kind in _ORDER]
    return "\n".join(
        [
            _INTRODUCTION,
            *(_written(spec) for spec in written),
            _STATE,
            *(_state(by_kind[kind]) for kind in sorted(by_kind)),
        ]
    )


_INTRODUCTION: Final = """\
# The resources

Group `certwright.dev`, version `v1alpha1`; all are namespaced. `kubectl get certwright -A` lists
the four kinds. `[]` stands for each item of a list, `.*` for each value of a map. Durations are
Go strings such as `24h`. What is checked between fields stands below each table, in the words of
the refusal.
"""

_STATE: Final = """\
## What the server keeps

Group `acme.certwright.dev`, version `v1alpha1`, in the server's namespace: `kubectl get
certwright-acme -n certwright-acme`. The server alone writes them; nobody should.
[concepts.md](../concepts.md) follows a certificate through them.
"""


def _written(spec: Schema) -> str:
    names, schema = spec["names"], _schema(spec)
    parts = [
        f"## {names['kind']}\n",
        prose(schema["description"]) + "\n",
        f"Short name `{names['shortNames'][0]}`, plural `{names['plural']}`. {_columns(spec)}\n",
        table(
            ("field", "type", "default", "what it says"),
            _rows("spec", schema["properties"]["spec"]),
        ),
    ]
    if rules := list(_rules("spec", schema["properties"]["spec"])):
        parts.append(table(("of", "must hold"), rules))
    parts += [
        "Status:\n",
        table(
            ("field", "type", "what it says"),
            _status_rows(schema["properties"]["status"]),
        ),
    ]
    return "\n".join(parts)


def _state(spec: Schema) -> str:
    names = spec["names"]
    return "\n".join(
        [
            f"### {names['kind']}\n",
            prose(_schema(spec)["description"]) + "\n",
            f"Plural `{names['plural']}`. {_columns(spec)}\n",
        ]
    )


def _schema(spec: Schema) -> Schema:
    schema: Schema = spec["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


def _columns(spec: Schema) -> str:
    columns = spec["versions"][0]["additionalPrinterColumns"]
    shown = ", ".join(each["name"] for each in columns if not each.get("priority"))
    wide = ", ".join(each["name"] for each in columns if each.get("priority"))
    return f"`kubectl get` shows {shown}{f'; with `-o wide` also {wide}' if wide else ''}."


def _rows(path: str, schema: Schema) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the fields below an object."""
    required = set(_required(path, schema))
    for below, field in _fields(path, schema):
        default = "required" if below in required else code(_plain(field.get("default")))
        yield code(below), _type(field), default, " ".join([*_said(field), *_bounds(field)])


def _fields(path: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield every field below an object, each before those that are in it."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}.{name}", field
        yield from _fields(*_inner(f"{path}.{name}", field))


def _required(path: str, schema: Schema) -> Iterator[str]:
    """Yield the paths of the fields that must be there if what they are in is."""
    yield from (f"{path}.{name}" for name in schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        yield from _required(*_inner(f"{path}.{name}", field))


def _status_rows(schema: Schema) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a status; nobody who reads it asks for defaults and bounds."""
    for path, field in _fields("status", schema):
        yield code(path), _type(field), " ".join(_said(field))


def _inner(path: str, field: Schema) -> tuple[str, Schema]:
    """Return where the fields of a field are: in it, in its items, or in its values."""
    if "items" in field:
        return f"{path}[]", field["items"]
    if isinstance(field.get("additionalProperties"), dict):
        return f"{path}.*", field["additionalProperties"]
    return path, field


def _type(field: Schema) -> str:
    if "items" in field:
        return f"list of {_plural(field['items'])}"
    if "additionalProperties" in field:
        return "map of strings"
    return str(field.get("format", field["type"]))


def _plural(field: Schema) -> str:
    return f"{_type(field)}s"


def _said(field: Schema) -> Iterator[str]:
    """Yield what a field's description says, and the words that there are for it."""
    yield prose(field.get("description", ""))
    if enum := field.get("items", field).get("enum"):
        yield f"One of {', '.join(code(str(each)) for each in enum)}."


def _bounds(field: Schema) -> Iterator[str]:
    """Yield the bounds of a field's value, as sentences."""
    for least, most, unit in _BOUNDS:
        low, high = field.get(least, 0), field.get(most)
        if high is None:
            continue
        bound = f"{low} to {high}" if low > 1 else f"At most {high}"
        yield f"{bound} {unit}".strip() + "."


def _rules(path: str, schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield what must hold between fields, with where."""
    for rule in schema.get("x-kubernetes-validations", ()):
        yield code(path), prose(rule["message"])
    for name, field in schema.get("properties", {}).items():
        below = f"{path}.{name}"
        inner, inner_schema = _inner(below, field)
        if inner_schema is not field:
            for rule in field.get("x-kubernetes-validations", ()):
                yield code(below), prose(rule["message"])
        yield from _rules(inner, inner_schema)


def _plain(value: object) -> str:
    """Return a default as YAML writes it on one line."""
    if value is None:
        return ""
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...").strip()
