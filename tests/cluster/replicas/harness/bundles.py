"""Bundles as the operator writes them, made here by the core's planner alone."""

import base64
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from certwright.bundles import objects
from certwright.bundles.document import Bundle
from certwright.bundles.nonce_keys import NONCE_KEY_LENGTH, NonceKey, NonceKeysBundle
from certwright.bundles.objects import BUNDLE_KEY, BUNDLE_LABEL, BundleKind
from certwright.pki.certificates import random_serial
from certwright.pki.keys import generate
from certwright.reconcile.effects import Effects
from certwright.reconcile.existing import Existing
from certwright.reconcile.plan import make_plan
from certwright.reconcile.steps import (
    CreateKey,
    Step,
    StoreCertificates,
    StoreCredential,
    StoreProfile,
    StoreSigner,
    StoreTenantSecret,
    StoreTrust,
)
from certwright.reconcile.world import Kind, ObjectId, World
from certwright.resources.collection import Resources
from certwright.resources.kinds import KINDS, AnyResource
from certwright.resources.metadata import ObjectKey
from certwright.resources.namespaces import Namespace
from certwright.resources.validation import parse_resource
from tests.cluster.harness.resources import Document
from tests.end_to_end.harness.clients.account import Binding


def _drawn() -> NonceKeysBundle:
    key = base64.b64encode(secrets.token_bytes(NONCE_KEY_LENGTH)).decode()
    return NonceKeysBundle(
        keys=(NonceKey(id=secrets.token_hex(4), key=key, created=datetime.now(UTC)),)
    )


@dataclass(slots=True)
class Planner:
    """Plans documents again and again, keeping what was made, as the operator does.

    Args:
        base_url: Scheme and authority of the server's URLs.
        secrets: The last plan's bundles as Secrets, by their names.
        bindings: What tenants find in their Secrets, by namespace and name.
        roots: What is published as a profile's roots, in PEM, by `NAMESPACE/NAME`.
    """

    base_url: str
    secrets: dict[str, Document] = field(default_factory=dict)
    bindings: dict[ObjectKey, Binding] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    _nonce_keys: NonceKeysBundle = field(default_factory=_drawn)
    _existing: Existing = field(default_factory=Existing)
    _uids: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def plan(self, documents: Iterable[Document]) -> None:
        """Bring everything to where the documents want it."""
        read = [self._read(each) for each in documents]
        effects = Effects(generate, secrets.token_bytes, random_serial)
        world = World(Resources.of(read))
        plan = make_plan(world, self._existing, effects, self.base_url, datetime.now(UTC))
        bundles: list[tuple[str, BundleKind, Bundle]] = [
            (objects.NONCE_KEYS_NAME, BundleKind.NONCE_KEYS, self._nonce_keys)
        ]
        for step in plan.steps:
            self._keep(step)
            bundles += _bundle(step)
        self._existing = replace(
            self._existing, objects={ObjectId.of(each): each for each in world.objects}
        )
        self.secrets = {name: _secret(name, kind, bundle) for name, kind, bundle in bundles}

    def _read(self, document: Document) -> AnyResource | Namespace:
        if document["kind"] not in KINDS:
            return Namespace.model_validate(document)
        return parse_resource(_stored(document, self._uid(document)))

    def _uid(self, document: Document) -> str:
        metadata = document["metadata"]
        identity = (document["kind"], metadata["namespace"], metadata["name"])
        return self._uids.setdefault(identity, secrets.token_hex(16))

    def _keep(self, step: Step) -> None:
        had = self._existing
        match step:
            case CreateKey(signer, pem):
                self._existing = replace(had, keys={**had.keys, signer: pem})
            case StoreCertificates(signer, pem):
                self._existing = replace(had, certificates={**had.certificates, signer: pem})
            case StoreTrust(owner, pem):
                self._existing = replace(had, trust={**had.trust, owner: pem})
                if owner.kind is Kind.PROFILE:
                    self.roots[str(owner.key)] = pem
            case StoreCredential(key, bundle):
                self._existing = replace(had, credentials={**had.credentials, key: bundle})
            case StoreTenantSecret(key, kid, value):
                had_secrets = {**had.tenant_secrets, key: kid}
                self._existing = replace(had, tenant_secrets=had_secrets)
                self.bindings[key] = Binding(kid, value)
            case _:
                pass  # Statuses are the operator's business, removals are seen by what is left.


def content(secret: Document) -> bytes:
    """Return the bundle in a Secret, as JSON."""
    return base64.b64decode(secret["data"][BUNDLE_KEY])


def tampered(secret: Document, text: str) -> Document:
    """Return a Secret with another text where its bundle was."""
    return secret | {"data": {BUNDLE_KEY: base64.b64encode(text.encode()).decode()}}


def _bundle(step: Step) -> Iterator[tuple[str, BundleKind, Bundle]]:
    match step:
        case StoreSigner(bundle):
            yield objects.signer_object(bundle.name), BundleKind.SIGNER, bundle
        case StoreProfile(key, bundle):
            name = objects.profile_object(key.namespace, key.name)
            yield name, BundleKind.PROFILE, bundle
        case StoreCredential(key, bundle):
            name = objects.credential_object(key.namespace, key.name)
            yield name, BundleKind.CREDENTIAL, bundle


def _secret(name: str, kind: BundleKind, bundle: Bundle) -> Document:
    labels = {BUNDLE_LABEL: str(kind), "app.kubernetes.io/managed-by": "certwright"}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": labels},
        "immutable": kind is BundleKind.SIGNER,
        "type": "Opaque",
        "data": {BUNDLE_KEY: base64.b64encode(bundle.to_json()).decode()},
    }


def _stored(document: Document, uid: str) -> Document:
    metadata: dict[str, Any] = document["metadata"] | {"uid": uid, "generation": 1}
    return document | {"metadata": metadata}
