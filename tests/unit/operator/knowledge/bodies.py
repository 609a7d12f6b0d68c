"""Objects as the API server gives them, as short as tests need them."""

from typing import Any

from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.metadata import ObjectKey
from certwright_operator.knowledge.record import Record


def body(
    kind: Kind, name: str, spec: dict[str, Any] | None = None, *, version: int = 1, **more: Any
) -> dict[str, Any]:
    """Return an object of namespace `pki`, or of the one in `NAMESPACE/NAME`."""
    namespace, _, name = name.rpartition("/")
    metadata = {
        "name": name,
        "namespace": namespace or "pki",
        "uid": f"uid-{name}",
        "resourceVersion": str(version),
        "generation": 1,
        **more.pop("metadata", {}),
    }
    return {
        "apiVersion": "certwright.dev/v1alpha1",
        "kind": str(kind),
        "metadata": metadata,
        "spec": spec or {},
        **more,
    }


def record(kind: Kind, name: str, spec: dict[str, Any] | None = None, **more: Any) -> Record:
    """Return an object as it is kept."""
    return Record.of(kind, body(kind, name, spec, **more))


def object_id(kind: Kind, name: str) -> ObjectId:
    """Return the id of an object of namespace `pki`, or of the one in `NAMESPACE/NAME`."""
    namespace, _, name = name.rpartition("/")
    return ObjectId(kind, ObjectKey(namespace or "pki", name))


def authority(name: str, above: str | None = None, **more: Any) -> Record:
    """Return a root, or an authority that another one signs."""
    spec = {"commonName": name, "root": {}} if above is None else _below(name, above)
    return record(Kind.AUTHORITY, name, spec, **more)


def profile(name: str, authority: str, template: str = "web", **more: Any) -> Record:
    """Return a profile of an authority and a template."""
    spec = {"issuer": {"authorityRef": {"name": authority}}, "templateRef": {"name": template}}
    return record(Kind.PROFILE, name, spec, **more)


def credential(name: str, profile: str, **spec: Any) -> Record:
    """Return a credential of a profile of namespace `pki`."""
    reference = {"name": profile, "namespace": "pki"}
    return record(Kind.CREDENTIAL, name, {"profileRef": reference, **spec})


def _below(name: str, above: str) -> dict[str, Any]:
    return {"commonName": name, "intermediate": {"authorityRef": {"name": above}}}
