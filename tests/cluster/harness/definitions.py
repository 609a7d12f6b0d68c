"""The CustomResourceDefinitions of `crds/`, applied and served."""

from functools import partial
from pathlib import Path

import yaml

from tests.cluster.harness.client import Client
from tests.cluster.harness.resources import DEFINITIONS, Document
from tests.cluster.harness.waiting import eventually

FOLDER = Path(__file__).resolve().parents[3] / "crds"


def documents() -> list[Document]:
    """Return the definitions as they stand in `crds/` and the folders in it."""
    return [yaml.safe_load(path.read_text("utf-8")) for path in sorted(FOLDER.rglob("*.yaml"))]


async def establish(client: Client) -> list[Document]:
    """Apply all definitions and return them once the API server serves their objects."""
    applied = [await client.apply(document, force=True) for document in documents()]
    return [await eventually(partial(_established, client, each)) for each in applied]


async def _established(client: Client, applied: Document) -> Document:
    definition = await client.get(DEFINITIONS, applied["metadata"]["name"])
    assert condition(definition, "Established") == "True", definition["status"]
    spec = definition["spec"]
    for version in spec["versions"]:
        # The condition comes a moment before the first answer.
        path = f"/apis/{spec['group']}/{version['name']}/{spec['names']['plural']}?limit=1"
        await client.request("GET", path)
    return definition


def condition(document: Document, kind: str) -> str:
    """Return the status of an object's condition; Unknown if it has none of that type."""
    conditions = document.get("status", {}).get("conditions", ())
    return next((each["status"] for each in conditions if each["type"] == kind), "Unknown")
