"""A house that applies plans in memory, step by step, as an operator or a server would."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

from cryptography import x509

from certwright.bundles.credential import CredentialBundle
from certwright.bundles.profile import ProfileBundle
from certwright.pki import chains, keys
from certwright.pki.keys import KeyType, PrivateKey
from certwright.reconcile.effects import Effects
from certwright.reconcile.existing import Existing, SignerKey
from certwright.reconcile.plan import Plan, make_plan
from certwright.reconcile.steps import (
    CreateKey,
    RemoveCredential,
    RemoveKey,
    RemoveStatus,
    RemoveTenantSecret,
    RemoveTrust,
    Step,
    StoreCertificates,
    StoreCredential,
    StoreProfile,
    StoreSigner,
    StoreStatus,
    StoreTenantSecret,
    StoreTrust,
)
from certwright.reconcile.world import Kind, ObjectId, World
from certwright.resources.collection import Resources
from certwright.resources.documents import read_documents
from certwright.resources.kinds import AnyResource
from certwright.resources.metadata import ObjectKey
from certwright.resources.namespaces import Namespace
from certwright.resources.status import Condition, Status
from certwright.resources.validation import parse_resource

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BASE_URL = "https://acme.test:8443"


def key_of(name: str) -> ObjectKey:
    """Return the key that `namespace/name` or `name`, in pki, writes."""
    namespace, _, name = name.rpartition("/")
    return ObjectKey(namespace or "pki", name)


class House:
    """Documents, what exists, and a clock that stands still until it is set."""

    def __init__(self, documents: str = "") -> None:
        self.now = NOW
        self.existing = Existing()
        self.generated: list[KeyType] = []
        self.statuses: dict[ObjectId, Status] = {}
        self.tenant_values: dict[ObjectKey, str] = {}
        self.refused_edits: dict[ObjectId, str] = {}
        self._numbers = count(1)
        self.write(documents)

    def write(self, documents: str, labels: Mapping[str, Mapping[str, str]] = {}) -> None:
        """Put these documents in the place of all those before."""
        self.resources: tuple[AnyResource, ...] = tuple(
            _resource(raw.value)
            for raw in read_documents(documents.encode(), "all.yaml")
            if isinstance(raw.value, dict)
        )
        self.namespaces = tuple(
            Namespace.model_validate({"metadata": {"name": name, "labels": dict(found)}})
            for name, found in labels.items()
        )

    def plan(self) -> Plan:
        """Plan, writing nothing."""
        return make_plan(self.world(), self.existing, self.effects(), BASE_URL, self.now)

    def reconcile(self) -> Plan:
        """Plan and write everything."""
        plan = self.plan()
        self.apply(plan.steps)
        return plan

    def world(self) -> World:
        """Return the objects with their stored status and a UID each."""
        found = [self._stored(resource) for resource in self.resources]
        return World(Resources.of([*found, *self.namespaces]), self.refused_edits)

    def _stored(self, resource: AnyResource) -> AnyResource:
        identity = ObjectId.of(resource)
        uid = resource.metadata.uid or f"uid-of-{identity}"
        metadata = resource.metadata.model_copy(update={"uid": uid, "generation": 1})
        update: dict[str, object] = {"metadata": metadata}
        if identity in self.statuses:
            update["status"] = self.statuses[identity]
        return resource.model_copy(update=update)

    def effects(self) -> Effects:
        """Return effects that are real for keys and foreseeable for the rest."""
        return Effects(self._generate, self._random, lambda: 1000 + next(self._numbers))

    def _generate(self, key_type: KeyType) -> PrivateKey:
        self.generated.append(key_type)
        return keys.generate(key_type)

    def _random(self, length: int) -> bytes:
        return hashlib.sha256(str(next(self._numbers)).encode()).digest()[:length]

    def apply(self, steps: Iterable[Step]) -> None:
        """Write steps in their order."""
        for step in steps:
            self._apply(step)

    def _apply(self, step: Step) -> None:
        there = self.existing
        match step:
            case CreateKey(signer, pem):
                assert signer not in there.keys, "a key is never overwritten"
                self.existing = replace(there, keys={**there.keys, signer: pem})
            case StoreCertificates(signer, pem):
                found = {**there.certificates, signer: pem}
                self.existing = replace(there, certificates=found)
            case StoreCredential(key, bundle):
                self.existing = replace(there, credentials={**there.credentials, key: bundle})
            case StoreTenantSecret(key, kid, value):
                self.existing = replace(there, tenant_secrets={**there.tenant_secrets, key: kid})
                self.tenant_values[key] = value
            case StoreTrust(owner, pem):
                self.existing = replace(there, trust={**there.trust, owner: pem})
            case StoreStatus(owner, status):
                self._remember(owner, status)
            case StoreSigner() | StoreProfile():
                pass
            case _:
                self._remove(step)

    def _remember(self, owner: ObjectId, status: Status) -> None:
        self.statuses[owner] = status
        known = {ObjectId.of(each): each for each in self.resources}
        objects = {**known, **self.existing.objects}
        self.existing = replace(self.existing, objects=objects)

    def _remove(self, step: Step) -> None:
        there = self.existing
        match step:
            case RemoveTenantSecret(key):
                left = without(there.tenant_secrets, key)
                self.existing = replace(there, tenant_secrets=left)
                self.tenant_values.pop(key)
            case RemoveCredential(key):
                self.existing = replace(there, credentials=without(there.credentials, key))
            case RemoveKey(signer):
                self.lose_certificates(signer)
                self.lose_key(signer)
            case RemoveTrust(owner):
                self.existing = replace(there, trust=without(there.trust, owner))
            case RemoveStatus(owner):
                self.statuses.pop(owner, None)
                objects = without(self.existing.objects, owner)
                self.existing = replace(self.existing, objects=objects)

    def lose_key(self, signer: SignerKey) -> None:
        """Let a private key vanish."""
        self.existing = replace(self.existing, keys=without(self.existing.keys, signer))

    def lose_certificates(self, signer: SignerKey) -> None:
        """Let certificates vanish."""
        left = without(self.existing.certificates, signer)
        self.existing = replace(self.existing, certificates=left)

    @property
    def trust(self) -> Mapping[ObjectId, str]:
        """The published roots, in PEM."""
        return self.existing.trust

    def roots(self, kind: Kind, name: str) -> tuple[x509.Certificate, ...]:
        """Return the roots that are published for an object; none if none are."""
        published = self.trust.get(ObjectId(kind, key_of(name)))
        return () if published is None else chains.certificates_from_pem(published)

    def ready(self, kind: Kind, name: str) -> Condition:
        """Return the Ready condition that stands in an object's status."""
        found = self.statuses[ObjectId(kind, key_of(name))].condition("Ready")
        assert found is not None
        return found

    def is_stalled(self, kind: Kind, name: str) -> bool:
        """Tell whether an object's status says that it is stalled."""
        return self.statuses[ObjectId(kind, key_of(name))].condition("Stalled") is not None

    def path(self, name: str) -> tuple[x509.Certificate, ...]:
        """Return an authority's certificate and chain."""
        return chains.certificates_from_pem(self.existing.certificates[SignerKey(key_of(name))])

    def certificate(self, name: str) -> x509.Certificate:
        """Return an authority's certificate."""
        return self.path(name)[0]

    def bundle(self, name: str) -> CredentialBundle:
        """Return a credential's bundle."""
        return self.existing.credentials[key_of(name)]


def profile_bundle(plan: Plan, name: str) -> ProfileBundle:
    """Return a profile's bundle in a plan."""
    return plan.profiles[key_of(name)].bundle


K = TypeVar("K")
V = TypeVar("V")


def without(found: Mapping[K, V], key: K) -> dict[K, V]:
    """Return a mapping without one of its keys."""
    return {other: value for other, value in found.items() if other != key}


def _resource(document: dict[str, object]) -> AnyResource:
    metadata = document["metadata"]
    assert isinstance(metadata, dict)
    metadata.setdefault("namespace", "pki")
    return parse_resource({"apiVersion": "certwright.dev/v1alpha1", **document})
