"""The CustomResourceDefinitions of the store's kinds.

`python -m acme_server.stores.kubernetes.definitions FOLDER` writes them, one file a kind, always
the same bytes.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from acme_server.stores.kubernetes.kinds import GROUP, RESOURCES, VERSION, Column, Resource

_HEADER = "# Made from acme_server/stores/kubernetes by `make crds`; changes belong there.\n"

_MEMBERS: dict[str, dict[str, Any]] = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": {"type": "object"},
    "phase": {"type": "string", "description": "Where it stands, for people; decides nothing."},
    "names": {"type": "string", "description": "What it is about, for people; decides nothing."},
    "reason": {"type": "string", "description": "Why it stands there, for people."},
    "document": {
        "type": "object",
        "description": "The document, with members of newer servers kept.",
        "x-kubernetes-preserve-unknown-fields": True,
        # Owned as a whole, it takes one entry in managedFields and not one for every member.
        "x-kubernetes-map-type": "atomic",
    },
    "bytes": {
        "type": "string",
        "format": "byte",
        "description": "In place of `document`, what JSON numbers or text can't carry unchanged.",
    },
    "write": {
        "type": "string",
        "description": "Random, so that every write makes a new version, whatever it changes.",
    },
}


def custom_resource_definition(resource: Resource) -> dict[str, Any]:
    """Return the CRD of a kind as a plain document (apiextensions.k8s.io/v1).

    It has no status subresource: a status sent on create would be dropped, and a second write
    needed.
    """
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{resource.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": resource.kind,
                "listKind": f"{resource.kind}List",
                "plural": resource.plural,
                "singular": resource.singular,
                "categories": ["certwright-acme"],
            },
            "scope": "Namespaced",
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "additionalPrinterColumns": [_column(each) for each in resource.columns],
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "description": f"{resource.description} Written by the server only.",
                            "properties": _MEMBERS,
                        }
                    },
                }
            ],
        },
    }


def _column(column: Column) -> dict[str, Any]:
    shown = {"name": column.name, "jsonPath": column.path, "type": column.type}
    return {**shown, "priority": column.priority} if column.priority else shown


def files() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each CRD's file."""
    for resource in RESOURCES.values():
        # Through JSON, so that no two places share a value, which YAML would write as an alias.
        document = json.loads(json.dumps(custom_resource_definition(resource)))
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
        yield f"{GROUP}_{resource.plural}.yaml", _HEADER + text


def main(arguments: list[str] | None = None) -> None:
    """Write the CRDs into the folder that the arguments name."""
    parser = argparse.ArgumentParser(
        prog="acme_server.stores.kubernetes.definitions", description=main.__doc__
    )
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
