"""Issuers as the API server gives them."""

from typing import Any

from certwright_operator.api.port import Object
from certwright_operator.injection.issuer import ANNOTATION, FIELD_MANAGER

DIRECTORY = "https://acme.example.com/acme/pki/web/directory"


def body(
    name: str = "one", version: int = 1, source: str | None = "pki/web", **acme: Any
) -> Object:
    """Return an ACME issuer of `DIRECTORY` in namespace team-a."""
    metadata: Object = {
        "namespace": "team-a",
        "name": name,
        "uid": f"uid-{name}",
        "resourceVersion": str(version),
        "annotations": {} if source is None else {ANNOTATION: source},
    }
    return {"metadata": metadata, "spec": {"acme": {"server": DIRECTORY} | acme}}


def owned(found: Object, *managers: str) -> Object:
    """Have managers own an issuer's caBundle."""
    fields: Object = {"f:spec": {"f:acme": {"f:caBundle": {}}}}
    found["metadata"]["managedFields"] = [
        {
            "manager": manager,
            "operation": "Apply" if manager == FIELD_MANAGER else "Update",
            "fieldsV1": fields,
        }
        for manager in managers
    ]
    return found
