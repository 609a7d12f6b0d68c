"""An Issuer or ClusterIssuer of cert-manager: what of it matters here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from certwright_operator.api.port import Object, Resource

ANNOTATION: Final = "certwright.dev/inject-ca-from"
"""Names, as NAMESPACE/NAME, the profile whose directory an Issuer uses."""

FIELD_MANAGER: Final = "certwright-ca-injector"
"""Owns `spec.acme.caBundle` of the Issuers that have the annotation, and nothing else."""

GROUP: Final = "cert-manager.io"

ISSUERS: Final = Resource(GROUP, "v1", "issuers", "Issuer")
CLUSTER_ISSUERS: Final = Resource(GROUP, "v1", "clusterissuers", "ClusterIssuer", namespaced=False)

_FIELD: Final = ("f:spec", "f:acme", "f:caBundle")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an Issuer is.

    Args:
        resource: `ISSUERS` or `CLUSTER_ISSUERS`.
        namespace: None for a ClusterIssuer.
        name: Its name.
    """

    resource: Resource
    namespace: str | None
    name: str

    def __str__(self) -> str:
        where = f"{self.namespace}/" if self.namespace else ""
        return f"{self.resource.kind} {where}{self.name}"


@dataclass(frozen=True, slots=True)
class Issuer:
    """An Issuer as it is now. Two of them are equal if they call for the same.

    Args:
        place: Where.
        uid: Tells it from a later one of the same name.
        version: Its `resourceVersion`.
        source: The annotation's value; None without the annotation.
        is_acme: Whether it has `spec.acme`.
        server: `spec.acme.server`; empty without.
        skips_verification: Whether it has `spec.acme.skipTLSVerify`.
        ca_bundle: `spec.acme.caBundle`, base64 as it stands there; None without.
        is_ours: Whether `FIELD_MANAGER` owns that field.
        others: The other managers that own it.
    """

    place: Place
    uid: str
    version: str = field(compare=False)
    source: str | None = None
    is_acme: bool = True
    server: str = ""
    skips_verification: bool = False
    ca_bundle: str | None = None
    is_ours: bool = False
    others: tuple[str, ...] = ()

    @property
    def concerns_us(self) -> bool:
        """Whether it asks for trust, or still has what it was given."""
        return self.source is not None or self.is_ours

    @classmethod
    def read(cls, resource: Resource, body: Object) -> "Issuer":
        """Return an object of the API; whatever isn't of its type counts as absent."""
        metadata = _mapping(body, "metadata")
        acme = _mapping(_mapping(body, "spec"), "acme")
        owners = tuple(_owners(metadata))
        return cls(
            Place(resource, metadata.get("namespace"), metadata["name"]),
            metadata["uid"],
            metadata["resourceVersion"],
            _text(_mapping(metadata, "annotations"), ANNOTATION),
            bool(acme),
            _text(acme, "server") or "",
            acme.get("skipTLSVerify") is True,
            _text(acme, "caBundle"),
            (FIELD_MANAGER, "Apply") in owners,
            tuple(sorted({name for name, _ in owners if name != FIELD_MANAGER})),
        )


def _owners(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield manager and operation of whoever owns the field."""
    entries = metadata.get("managedFields")
    if not isinstance(entries, list):
        return
    for entry in entries:
        if not isinstance(entry, Mapping):
            continue
        owned: Mapping[str, Any] = _mapping(entry, "fieldsV1")
        for step in _FIELD[:-1]:
            owned = _mapping(owned, step)
        if _FIELD[-1] in owned:
            yield str(entry.get("manager")), str(entry.get("operation"))


def _mapping(of: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    found = of.get(member)
    return found if isinstance(found, Mapping) else {}


def _text(of: Mapping[str, Any], member: str) -> str | None:
    found = of.get(member)
    return found if isinstance(found, str) else None
