"""An object as it is kept: its JSON, and beside it what has to be known without reading that."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, TypeAlias

from certwright.pki.names import InvalidName, canonical_dns_name
from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.authority import AuthorityState
from certwright.resources.kinds import KINDS, AnyResource
from certwright.resources.metadata import ObjectKey
from certwright.resources.validation import InvalidResource, parse_model, parse_resource

Body: TypeAlias = Mapping[str, Any]
"""An object of the API, as JSON has it."""

_METADATA: Final = (
    "name",
    "namespace",
    "uid",
    "generation",
    "labels",
    "annotations",
    "creationTimestamp",
    "deletionTimestamp",
)

#: kubectl's copy of the whole object.
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True, slots=True)
class Record:
    """An object of one of the four kinds.

    Args:
        id: Which one.
        uid: Tells it from a later one of the same name.
        version: Its `resourceVersion`.
        face: Digest of all that others can depend on: everything but the status.
        refers: The objects that it refers to, whether they are there or not.
        secret: The Secret that it names: where a credential is written, or an imported authority
            is read.
        withdrawn: Whether it is a root that a person took out of trust.
        hostname: Host of a profile's own URLs, if it has one that can be a host.
        content: The object as JSON.
    """

    id: ObjectId
    uid: str
    version: str
    face: bytes
    refers: tuple[ObjectId, ...]
    secret: ObjectKey | None
    withdrawn: bool
    hostname: str | None
    content: bytes = field(repr=False)

    @classmethod
    def of(cls, kind: Kind, body: Body) -> "Record":
        """Keep an object as the API server gives it."""
        metadata = _metadata(body["metadata"])
        key = ObjectKey(metadata["namespace"], metadata["name"])
        spec = body.get("spec")
        spec = spec if isinstance(spec, Mapping) else {}
        kept = {
            "apiVersion": body.get("apiVersion", KINDS[kind].model_fields["api_version"].default),
            "kind": str(kind),
            "metadata": metadata,
            "spec": spec,
        }
        face = sha256(_json(kept)).digest()
        if body.get("status"):
            kept["status"] = body["status"]
        return cls(
            id=ObjectId(kind, key),
            uid=metadata["uid"],
            version=body["metadata"]["resourceVersion"],
            face=face,
            refers=tuple(_references(kind, key, spec)),
            secret=_secret(kind, key, spec),
            withdrawn="root" in spec and spec.get("state") == AuthorityState.DISABLED,
            hostname=_hostname(kind, spec),
            content=_json(kept),
        )

    def resource(self) -> AnyResource:
        """Return the object.

        A status that a person broke is left aside: it is written anew.

        Raises:
            InvalidResource: It breaks rules of its kind that its definition didn't enforce.
        """
        document = json.loads(self.content)
        try:
            return parse_resource(document)
        except InvalidResource:
            document.pop("status", None)
            return parse_resource(document)

    def broken(self) -> AnyResource:
        """Return an object that can't be used with nothing but its metadata and status.

        Raises:
            InvalidResource: Not even its metadata can be read: its name is too long, say.
        """
        document = {**json.loads(self.content), "spec": _LEAST[self.id.kind]}
        try:
            return parse_model(KINDS[self.id.kind], document)
        except InvalidResource:
            document.pop("status", None)
            return parse_model(KINDS[self.id.kind], document)


#: For each kind a spec that is valid by its types, which nobody looks at.
_LEAST: Final[Mapping[Kind, Body]] = {
    Kind.AUTHORITY: {"commonName": "unusable"},
    Kind.TEMPLATE: {},
    Kind.PROFILE: {"issuer": {}, "templateRef": {"name": "unusable"}},
    Kind.CREDENTIAL: {"profileRef": {"name": "unusable"}},
}


def _metadata(found: Body) -> dict[str, Any]:
    kept = {name: found[name] for name in _METADATA if name in found}
    if "annotations" in kept:
        kept["annotations"] = {k: v for k, v in kept["annotations"].items() if k != _LAST_APPLIED}
    return kept


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _references(kind: Kind, key: ObjectKey, spec: Body) -> Iterator[ObjectId]:
    """Tell what an object refers to; what isn't a reference by its types is none."""
    for path, target in _REFERENCES[kind]:
        value: Any = spec
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        if not isinstance(value, Mapping):
            continue
        name, namespace = value.get("name"), value.get("namespace") or key.namespace
        if isinstance(name, str) and isinstance(namespace, str):
            yield ObjectId(target, ObjectKey(namespace, name))


_REFERENCES: Final[Mapping[Kind, tuple[tuple[tuple[str, ...], Kind], ...]]] = {
    Kind.AUTHORITY: ((("intermediate", "authorityRef"), Kind.AUTHORITY),),
    Kind.TEMPLATE: (),
    Kind.PROFILE: (
        (("issuer", "authorityRef"), Kind.AUTHORITY),
        (("templateRef",), Kind.TEMPLATE),
    ),
    Kind.CREDENTIAL: ((("profileRef",), Kind.PROFILE),),
}


def _secret(kind: Kind, key: ObjectKey, spec: Body) -> ObjectKey | None:
    name: Any = None
    if kind is Kind.CREDENTIAL:
        name = spec.get("secretName") or key.name
    elif kind is Kind.AUTHORITY and isinstance(imported := spec.get("imported"), Mapping):
        reference = imported.get("secretRef")
        name = reference.get("name") if isinstance(reference, Mapping) else None
    return ObjectKey(key.namespace, name) if isinstance(name, str) else None


def _hostname(kind: Kind, spec: Body) -> str | None:
    acme = spec.get("acme") if kind is Kind.PROFILE else None
    found = acme.get("hostname") if isinstance(acme, Mapping) else None
    try:
        return canonical_dns_name(found, wildcard=False) if isinstance(found, str) else None
    except InvalidName:
        return None
