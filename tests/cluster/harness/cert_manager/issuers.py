"""Issuers and ClusterIssuers: their documents, and what tests look at."""

import base64
from typing import Any, Final

from tests.cluster.harness.resources import Document, Resource

API_VERSION: Final = "cert-manager.io/v1"

ISSUERS: Final = Resource(API_VERSION, "Issuer", "issuers")
CLUSTER_ISSUERS: Final = Resource(API_VERSION, "ClusterIssuer", "clusterissuers", namespaced=False)

ANNOTATION: Final = "certwright.dev/inject-ca-from"
INJECTOR: Final = "certwright-ca-injector"


def issuer(
    name: str, server: str, *, namespace: str | None = None, source: str | None = None, **acme: Any
) -> Document:
    """Return an ACME Issuer, or a ClusterIssuer without a namespace.

    Args:
        name: Its name.
        server: The directory's URL.
        namespace: Its namespace.
        source: What the annotation says; None for none.
        acme: More of `spec.acme`.
    """
    metadata: dict[str, Any] = {"name": name}
    if namespace is not None:
        metadata["namespace"] = namespace
    if source is not None:
        metadata["annotations"] = {ANNOTATION: source}
    account = {"privateKeySecretRef": {"name": f"{name}-account"}}
    return {
        "apiVersion": API_VERSION,
        "kind": "ClusterIssuer" if namespace is None else "Issuer",
        "metadata": metadata,
        "spec": {"acme": {"server": server} | account | acme},
    }


def resource_of(document: Document) -> Resource:
    """Return the kind of a document."""
    return ISSUERS if document["kind"] == "Issuer" else CLUSTER_ISSUERS


def collection_of(document: Document) -> str:
    """Return the path of the collection that a document is created in."""
    return resource_of(document).path(document["metadata"].get("namespace"))


def path_of(document: Document) -> str:
    """Return the path of the object that a document describes."""
    return f"{collection_of(document)}/{document['metadata']['name']}"


def ca_bundle(found: Document) -> str | None:
    """Return an Issuer's caBundle as the PEM that it holds; None without."""
    bundle = found["spec"]["acme"].get("caBundle")
    return None if bundle is None else base64.b64decode(bundle).decode()


def owners(found: Document) -> set[str]:
    """Return the managers that own an Issuer's caBundle."""
    return {
        each["manager"]
        for each in found["metadata"].get("managedFields", ())
        if "f:caBundle" in each["fieldsV1"].get("f:spec", {}).get("f:acme", {})
    }
