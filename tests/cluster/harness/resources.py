"""Kinds of the API and the paths at which they are served."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from certwright.resources.model import API_VERSION
from certwright.resources.schema import NAMES

Document = dict[str, Any]
"""An object of the API, as JSON has it."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind, and the name of its collection in paths."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True

    def path(self, namespace: str | None = None, name: str = "", subresource: str = "") -> str:
        """Return the path of a collection, of an object in it, or of an object's subresource."""
        root = "/apis" if "/" in self.api_version else "/api"
        within = f"/namespaces/{namespace}" if namespace else ""
        path = f"{root}/{self.api_version}{within}/{self.plural}"
        return "/".join(part for part in (path, name, subresource) if part)


NAMESPACES = Resource("v1", "Namespace", "namespaces", namespaced=False)
SECRETS = Resource("v1", "Secret", "secrets")
CONFIG_MAPS = Resource("v1", "ConfigMap", "configmaps")
SERVICE_ACCOUNTS = Resource("v1", "ServiceAccount", "serviceaccounts")
EVENTS = Resource("v1", "Event", "events")
LEASES = Resource("coordination.k8s.io/v1", "Lease", "leases")
DEFINITIONS = Resource(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    namespaced=False,
)

_RBAC = "rbac.authorization.k8s.io/v1"
ROLES = Resource(_RBAC, "Role", "roles")
ROLE_BINDINGS = Resource(_RBAC, "RoleBinding", "rolebindings")
CLUSTER_ROLES = Resource(_RBAC, "ClusterRole", "clusterroles", namespaced=False)
CLUSTER_ROLE_BINDINGS = Resource(
    _RBAC, "ClusterRoleBinding", "clusterrolebindings", namespaced=False
)
ACCESS_REVIEWS = Resource(
    "authorization.k8s.io/v1", "SubjectAccessReview", "subjectaccessreviews", namespaced=False
)

OWN = {names.kind: Resource(API_VERSION, names.kind, names.plural) for names in NAMES}
"""The four kinds, by name."""

AUTHORITIES = OWN["CertificateAuthority"]
TEMPLATES = OWN["CertificateTemplate"]
PROFILES = OWN["CertificateProfile"]
CREDENTIALS = OWN["EABCredential"]

_KNOWN = {
    (resource.api_version, resource.kind): resource
    for resource in (
        *(NAMESPACES, SECRETS, CONFIG_MAPS, SERVICE_ACCOUNTS, EVENTS, LEASES, DEFINITIONS),
        *(ROLES, ROLE_BINDINGS, CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS, ACCESS_REVIEWS),
        *OWN.values(),
    )
}


def of(document: Mapping[str, Any]) -> Resource:
    """Return the resource that a document is of; raise KeyError if the tests don't know it."""
    return _KNOWN[document["apiVersion"], document["kind"]]


def path_of(document: Mapping[str, Any], subresource: str = "") -> str:
    """Return the path of the object that a document describes."""
    metadata = document["metadata"]
    return of(document).path(metadata.get("namespace"), metadata["name"], subresource)


def collection_of(document: Mapping[str, Any]) -> str:
    """Return the path of the collection that a document is created in."""
    return of(document).path(document["metadata"].get("namespace"))
