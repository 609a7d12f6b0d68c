"""The CustomResourceDefinitions of the four kinds, made from their models and rules.

`python -m certwright.resources.schema FOLDER` writes them, one file a kind, always the same bytes.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from certwright.resources.kinds import KINDS
from certwright.resources.metadata import NAME_PATTERN
from certwright.resources.model import GROUP, VERSION
from certwright.resources.rule import Rule, TransitionRule
from certwright.resources.rules import RULES
from certwright.resources.structural import Schema, structural_schema

_HEADER = "# Made from certwright/resources by `make crds`; changes belong there.\n"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `kubectl get`; one of priority 1 shows with `-o wide` only."""

    name: str
    path: str
    type: str = "string"
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Names:
    """How people name a kind, and what they see of its objects."""

    kind: str
    plural: str
    short: str
    columns: tuple[Column, ...]


_READY = Column("Ready", '.status.conditions[?(@.type=="Ready")].status')
_REASON = Column("Reason", '.status.conditions[?(@.type=="Ready")].reason')
_AGE = Column("Age", ".metadata.creationTimestamp", "date")
_MESSAGE = Column("Message", '.status.conditions[?(@.type=="Ready")].message', priority=1)

# The short names keep clear of cert-manager's (cert, cr, iss, ciss).
NAMES: tuple[Names, ...] = (
    Names(
        "CertificateAuthority",
        "certificateauthorities",
        "cwca",
        (
            _READY,
            _REASON,
            Column("State", ".spec.state"),
            Column("Common Name", ".spec.commonName"),
            Column("Expires", ".status.notAfter"),
            _AGE,
            _MESSAGE,
        ),
    ),
    Names(
        "CertificateTemplate",
        "certificatetemplates",
        "cwtemplate",
        (_READY, _REASON, Column("Preset", ".spec.preset"), _AGE, _MESSAGE),
    ),
    Names(
        "CertificateProfile",
        "certificateprofiles",
        "cwprofile",
        (_READY, _REASON, Column("Directory", ".status.directoryURL"), _AGE, _MESSAGE),
    ),
    Names(
        "EABCredential",
        "eabcredentials",
        "eab",
        (
            _READY,
            _REASON,
            Column("KID", ".status.keyID"),
            Column("Profile", ".status.profile"),
            Column("Expires", ".spec.expirationTime"),
            _AGE,
            _MESSAGE,
        ),
    ),
)


def custom_resource_definition(names: Names) -> dict[str, Any]:
    """Return the CRD of a kind as a plain document (apiextensions.k8s.io/v1)."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": names.kind,
                "listKind": f"{names.kind}List",
                "plural": names.plural,
                "singular": names.kind.lower(),
                "shortNames": [names.short],
                "categories": ["certwright"],
            },
            "scope": "Namespaced",
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": [_column(column) for column in names.columns],
                    "schema": {"openAPIV3Schema": _object_schema(names.kind)},
                }
            ],
        },
    }


def _column(column: Column) -> dict[str, Any]:
    shown = {"name": column.name, "jsonPath": column.path, "type": column.type}
    return {**shown, "priority": column.priority} if column.priority else shown


def _object_schema(kind: str) -> Schema:
    schema = structural_schema(KINDS[kind])
    fields = schema["properties"]
    for name in ("apiVersion", "kind"):
        # The API server knows both; any schema but this is refused or in its way.
        fields[name] = {"type": "string", "description": fields[name]["description"]}
    fields["metadata"] = {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 63, "pattern": NAME_PATTERN}},
    }
    fields["status"] = _without_defaults(fields["status"])
    for rule in RULES:
        if rule.kind == kind:
            _node(schema, rule).setdefault("x-kubernetes-validations", []).append(
                {"rule": rule.expression, "message": rule.message}
            )
    order = ("apiVersion", "kind", "metadata", "spec", "status")
    return {
        "type": "object",
        "description": schema["description"],
        "required": ["spec"],
        "properties": {name: fields[name] for name in order},
    }


def _without_defaults(schema: Schema) -> Schema:
    """Return a status's schema without defaults: controllers write it whole."""
    return {
        name: {field: _without_defaults(member) for field, member in value.items()}
        if name == "properties"
        else _without_defaults(value)
        if name == "items"
        else value
        for name, value in schema.items()
        if name != "default"
    }


def _node(schema: Schema, rule: Rule | TransitionRule) -> Schema:
    for field in rule.path.split("."):
        schema = schema["properties"][field.removesuffix("[]")]
        if field.endswith("[]"):
            schema = schema["items"]
    return schema


def files() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each CRD's file."""
    for names in NAMES:
        # Through JSON, so that no two places share a value, which YAML would write as an alias.
        document = json.loads(json.dumps(custom_resource_definition(names)))
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
        yield f"{GROUP}_{names.plural}.yaml", _HEADER + text


def main(arguments: list[str] | None = None) -> None:
    """Write the CRDs into the folder that the arguments name."""
    parser = argparse.ArgumentParser(prog="certwright.resources.schema", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
