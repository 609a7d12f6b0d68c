"""The documents of `examples/`, read as a person's tools read them."""

from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]

FOLDER = Path(__file__).resolve().parents[3] / "examples"

LINTED = ("quickstart", "cluster-quickstart", "tenants", "cert-manager", "offline-root")
"""The folders with documents for Certwright."""


def read(name: str) -> list[Document]:
    """Return the documents of a folder, or of one file, in the order that kubectl takes them."""
    path = FOLDER / name
    files = [path] if path.is_file() else sorted(path.rglob("*.yaml"))
    return [each for file in files for each in yaml.safe_load_all(file.read_text("utf-8"))]


def of_kind(documents: list[Document], *kinds: str) -> list[Document]:
    """Return the documents of some kinds."""
    return [each for each in documents if each["kind"] in kinds]


def find(documents: list[Document], kind: str, name: str, namespace: str) -> Document:
    """Return the one document of an object."""
    [found] = [
        each
        for each in of_kind(documents, kind)
        if (each["metadata"]["name"], each["metadata"]["namespace"]) == (name, namespace)
    ]
    return found
