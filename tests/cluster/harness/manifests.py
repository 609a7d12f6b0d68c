"""The roles of `manifests/`, as they stand there, or for namespaces of one test alone."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.harness.resources import Document, of

FOLDER = Path(__file__).resolve().parents[3] / "manifests"

OPERATOR = "certwright-operator"
"""The operator's ServiceAccount."""
SERVER = "certwright-acme"
"""The server's ServiceAccount."""

_OPERATOR_NAMESPACE = "certwright-system"
_SERVER_NAMESPACE = "certwright-acme"
_TENANT_NAMESPACE = "tenant"

_SHARED = ("operator.yaml", "server.yaml", "trust.yaml")


def read(name: str) -> list[Document]:
    """Return the documents of a file of `manifests/`."""
    return list(yaml.safe_load_all((FOLDER / name).read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class Names:
    """What is called otherwise than in `manifests/`, so that tests don't get in each other's way.

    Args:
        operator_namespace: For `certwright-system`.
        server_namespace: For `certwright-acme`.
        suffix: Put behind the names of what no namespace holds.
    """

    operator_namespace: str
    server_namespace: str
    suffix: str

    @property
    def operator(self) -> str:
        """The operator's user."""
        return f"system:serviceaccount:{self.operator_namespace}:{OPERATOR}"

    @property
    def server(self) -> str:
        """The server's user."""
        return f"system:serviceaccount:{self.server_namespace}:{SERVER}"

    def roles(self) -> list[Document]:
        """Return what operator and server need in any case."""
        return [self._renamed(each) for name in _SHARED for each in read(name)]

    def tenant_secrets_everywhere(self) -> list[Document]:
        """Return what lets the operator write Secrets of all namespaces."""
        return [self._renamed(each) for each in read("tenant-secrets/cluster-wide.yaml")]

    def tenant_secrets_of(self, namespace: str) -> list[Document]:
        """Return what lets the operator write Secrets of one namespace."""
        documents = read("tenant-secrets/named-namespace.yaml")
        return [self._renamed(each, namespace) for each in documents]

    def _renamed(self, document: Document, tenant: str = "") -> Document:
        document = copy.deepcopy(document)
        metadata = document["metadata"]
        if of(document).namespaced:
            metadata["namespace"] = self._namespace(metadata["namespace"], tenant)
        else:
            metadata["name"] += self.suffix
        role: dict[str, Any] = document.get("roleRef", {})
        if role.get("kind") == "ClusterRole":
            role["name"] += self.suffix
        for subject in document.get("subjects", ()):
            if subject["kind"] == "ServiceAccount":
                subject["namespace"] = self._namespace(subject["namespace"], tenant)
        return document

    def _namespace(self, name: str, tenant: str) -> str:
        """Return a namespace of ours for one of `manifests/`; KeyError for any other."""
        return {
            _OPERATOR_NAMESPACE: self.operator_namespace,
            _SERVER_NAMESPACE: self.server_namespace,
            _TENANT_NAMESPACE: tenant,
        }[name]
