"""cert-manager's CustomResourceDefinitions of issuers, from its Go module, applied and served."""

import json
import os
import shutil
import subprocess
from functools import partial
from pathlib import Path

import yaml

from tests.cluster.harness.cert_manager.issuers import CLUSTER_ISSUERS, ISSUERS
from tests.cluster.harness.client import Client, Patch, Refused
from tests.cluster.harness.programs import CERT_MANAGER, ProgramsMissing
from tests.cluster.harness.resources import DEFINITIONS, Document
from tests.cluster.harness.waiting import eventually

_KINDS = (ISSUERS, CLUSTER_ISSUERS)


def documents() -> list[Document]:
    """Return the definitions of Issuer and ClusterIssuer as cert-manager's release has them.

    Nothing is built: the module that is required for the tests on a node is only downloaded.

    Raises:
        ProgramsMissing: there is no Go, or the module can't be had.
    """
    folder = _source() / CERT_MANAGER.manifests["definitions"]
    files = [folder / f"cert-manager.io_{each.plural}.yaml" for each in _KINDS]
    return [yaml.safe_load(file.read_text("utf-8")) for file in files]


async def establish(client: Client) -> None:
    """Apply the definitions; return once the API server serves their objects."""
    for document in documents():
        path = DEFINITIONS.path(name=document["metadata"]["name"])
        options = {"fieldManager": "certwright-tests", "force": "true"}
        await client.request("PATCH", path, options, document, Patch.APPLY)
    for resource in _KINDS:
        await eventually(partial(client.request, "GET", resource.path(), {"limit": "1"}))


async def remove(client: Client) -> None:
    """Delete the definitions and all objects of theirs; return once they are gone."""
    for resource in _KINDS:
        name = f"{resource.plural}.cert-manager.io"
        try:
            await client.delete(DEFINITIONS, name)
        except Refused as refused:
            if refused.code != 404:
                raise
        await eventually(partial(_gone, client, name))


async def _gone(client: Client, name: str) -> None:
    names = [each["metadata"]["name"] for each in await client.objects(DEFINITIONS)]
    assert name not in names


def _source() -> Path:
    go = shutil.which("go")
    if go is None:
        raise ProgramsMissing("cert-manager's definitions are in its Go module: there is no Go")
    ended = subprocess.run(
        [go, "mod", "download", "-json", CERT_MANAGER.requires],
        cwd=CERT_MANAGER.module,
        env=os.environ | {"GOWORK": "off"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise ProgramsMissing(f"cert-manager's module can't be had: {ended.stderr or ended.stdout}")
    return Path(json.loads(ended.stdout)["Dir"])
