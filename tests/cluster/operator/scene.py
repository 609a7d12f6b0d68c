"""What a test of the operator says and looks at: documents in, objects out."""

import base64
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.cluster.harness import resources
from tests.cluster.harness.client import Client, Refused
from tests.cluster.harness.installation import Installation
from tests.cluster.harness.resources import (
    CONFIG_MAPS,
    EVENTS,
    OWN,
    SECRETS,
    Document,
    Resource,
)
from tests.cluster.harness.waiting import eventually
from tests.cluster.operator import documents


@dataclass(frozen=True, slots=True)
class Scene:
    """An installation, a namespace of the platform team's, and one of a tenant's.

    Args:
        pki: The platform team's namespace.
        team: The tenant's; it has the label `team: "true"`.
    """

    installation: Installation
    pki: str
    team: str

    @property
    def client(self) -> Client:
        """The administrator."""
        return self.installation.client

    @property
    def quickstart(self) -> list[Document]:
        """The documents of the quick-start."""
        return documents.quickstart(self.pki, self.team)

    async def apply(self, *written: Document) -> None:
        """Apply documents, in their order."""
        for document in written:
            await self.client.apply(document, force=True)

    async def delete(self, document: Document, **options: str) -> None:
        """Delete the object of a document."""
        metadata = document["metadata"]
        resource = resources.of(document)
        await self.client.delete(resource, metadata["name"], metadata["namespace"], **options)

    async def get(self, document: Document) -> Document:
        """Return the object of a document as it is now."""
        metadata = document["metadata"]
        resource = resources.of(document)
        return await self.client.get(resource, metadata["name"], metadata.get("namespace"))

    async def stands(self, document: Document, expected: str) -> Document:
        """Wait until an object stands as expected, and return it.

        Args:
            document: Whose object.
            expected: Status and reason of its condition Ready: `False KeyMissing`.
        """
        return await eventually(partial(self._stands, document, expected))

    async def _stands(self, document: Document, expected: str) -> Document:
        found = await self.get(document)
        name = f"{document['kind']} {document['metadata']['name']}"
        assert f"{name}: {ready(found)}" == f"{name}: {expected}"
        generation = found["metadata"]["generation"]
        assert found["status"]["observedGeneration"] == generation
        return found

    async def all_ready(self, *written: Document) -> list[Document]:
        """Wait until objects are ready, and return them."""
        return [await eventually(partial(self.is_ready, each)) for each in written]

    async def is_ready(self, document: Document) -> Document:
        """Return an object; fail unless it is ready as it is written now."""
        found = await self.get(document)
        told = condition(found, "Ready")
        name = f"{document['kind']} {document['metadata']['name']}"
        assert told.get("status") == "True", f"{name}: {told}"
        assert told["observedGeneration"] == found["metadata"]["generation"]
        return found

    async def key(self, name: str) -> Document:
        """Return a Secret of the operator's namespace, which holds private keys."""
        return await self.client.get(SECRETS, name, self.installation.names.operator_namespace)

    async def keys(self) -> list[Document]:
        """Return the Secrets of the operator's namespace, all but that of the server's TLS."""
        namespace = self.installation.names.operator_namespace
        selector = "certwright.dev/key!=serving"
        return await self.client.objects(SECRETS, namespace, labelSelector=selector)

    async def served(self) -> Document:
        """Return the Secret that the server serves with, once it is there."""
        namespace = self.installation.names.server_namespace
        return await eventually(partial(self.client.get, SECRETS, "serving-tls", namespace))

    async def bundles(self, kind: str) -> dict[str, Document]:
        """Return the Secrets with bundles of a kind, by name."""
        found = await self.client.objects(
            SECRETS,
            self.installation.names.server_namespace,
            labelSelector=f"certwright.dev/bundle={kind}",
        )
        return {each["metadata"]["name"]: each for each in found}

    async def trust(self, kind: str, name: str, namespace: str = "") -> str:
        """Return the roots that are published for an authority or a profile."""
        found = await self.client.get(
            CONFIG_MAPS,
            f"trust.{kind}.{namespace or self.pki}.{name}",
            self.installation.names.server_namespace,
        )
        assert set(found["data"]) == {"ca.crt"}
        return str(found["data"]["ca.crt"])

    async def events(self, document: Document) -> list[str]:
        """Return the messages of the Events about an object."""
        metadata = document["metadata"]
        found = await self.client.objects(EVENTS, metadata["namespace"])
        return [
            each["message"]
            for each in found
            if each["involvedObject"]["kind"] == document["kind"]
            and each["involvedObject"]["name"] == metadata["name"]
        ]

    async def is_gone(self, resource: Resource, name: str, namespace: str) -> None:
        """Wait until there is no such object."""

        async def gone() -> None:
            found = await self.client.objects(resource, namespace)
            assert name not in {each["metadata"]["name"] for each in found}

        await eventually(gone)

    async def remove_everything(self) -> None:
        """Delete all objects of the four kinds in both namespaces."""
        for resource in OWN.values():
            for namespace in (self.pki, self.team):
                await self.client.delete(resource, "", namespace)


def condition(document: Document, kind: str) -> dict[str, Any]:
    """Return an object's condition; empty if it has none of that type."""
    conditions = document.get("status", {}).get("conditions", ())
    return next((each for each in conditions if each["type"] == kind), {})


def ready(document: Document) -> str:
    """Return status and reason of the condition Ready; empty without one."""
    found = condition(document, "Ready")
    return f"{found['status']} {found['reason']}" if found else ""


def data(secret: Document) -> dict[str, str]:
    """Return what a Secret holds, as text."""
    found = secret.get("data", {})
    return {name: base64.b64decode(value).decode() for name, value in found.items()}


async def is_absent(client: Client, resource: Resource, name: str, namespace: str) -> bool:
    """Tell whether there is no such object now."""
    try:
        await client.get(resource, name, namespace)
    except Refused as refused:
        if refused.code != 404:
            raise
        return True
    return False
