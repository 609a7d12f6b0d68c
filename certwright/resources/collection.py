"""All objects there are, as one value: what policy and reconciling decide upon."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from certwright.resources.authority import CertificateAuthority
from certwright.resources.credential import EABCredential
from certwright.resources.kinds import AnyResource
from certwright.resources.metadata import ObjectKey
from certwright.resources.namespaces import Namespace, implied_namespace
from certwright.resources.profile import CertificateProfile
from certwright.resources.template import CertificateTemplate

R = TypeVar("R", bound=AnyResource)


@dataclass(frozen=True, slots=True)
class Resources:
    """The objects of the four kinds by namespace and name, and the namespaces by name."""

    authorities: Mapping[ObjectKey, CertificateAuthority] = field(default_factory=dict)
    templates: Mapping[ObjectKey, CertificateTemplate] = field(default_factory=dict)
    profiles: Mapping[ObjectKey, CertificateProfile] = field(default_factory=dict)
    credentials: Mapping[ObjectKey, EABCredential] = field(default_factory=dict)
    namespaces: Mapping[str, Namespace] = field(default_factory=dict)

    @classmethod
    def of(cls, objects: Iterable[AnyResource | Namespace]) -> "Resources":
        """Return the collection of some objects; of two with one key the later counts."""
        objects = tuple(objects)
        return cls(
            authorities=_keyed(objects, CertificateAuthority),
            templates=_keyed(objects, CertificateTemplate),
            profiles=_keyed(objects, CertificateProfile),
            credentials=_keyed(objects, EABCredential),
            namespaces=MappingProxyType(
                {o.metadata.name: o for o in objects if isinstance(o, Namespace)}
            ),
        )

    def namespace(self, name: str) -> Namespace:
        """Return a namespace; one that no document describes has its name's label only."""
        return self.namespaces.get(name) or implied_namespace(name)


def _keyed(objects: Iterable[object], kind: type[R]) -> Mapping[ObjectKey, R]:
    return MappingProxyType({o.key: o for o in objects if isinstance(o, kind)})
