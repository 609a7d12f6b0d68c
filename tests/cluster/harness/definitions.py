"""The CustomResourceDefinitions of `crds/`, applied and served."""

from contextlib import aclosing
from pathlib import Path

import yaml

from tests.cluster.harness.client import Client
from tests.cluster.harness.resources import DEFINITIONS, Document

FOLDER = Path(__file__).resolve().parents[3] / "crds"


def documents() -> list[Document]:
    """Return the definitions as they stand in `crds/`."""
    return [yaml.safe_load(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]


async def establish(client: Client) -> list[Document]:
    """Apply all definitions and return them once the API server serves their objects."""
    applied = [await client.apply(document, force=True) for document in documents()]
    return [await _established(client, document) for document in applied]


async def _established(client: Client, definition: Document) -> Document:
    selector = f"metadata.name={definition['metadata']['name']}"
    # Without a resourceVersion a watch begins with what there is.
    async with aclosing(client.watch(DEFINITIONS, fieldSelector=selector)) as events:
        async for event in events:
            if condition(event.object, "Established") == "True":
                return event.object
    raise AssertionError(f"{definition['metadata']['name']} was never established")


def condition(document: Document, kind: str) -> str:
    """Return the status of an object's condition; Unknown if it has none of that type."""
    conditions = document.get("status", {}).get("conditions", ())
    return next((each["status"] for each in conditions if each["type"] == kind), "Unknown")
