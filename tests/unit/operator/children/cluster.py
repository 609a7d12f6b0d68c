"""A cluster in memory that plans are applied to as the operator does: what counts is what is kept.

Every reconciliation reads everything back from the stored objects; nothing is remembered beside.
"""

import base64
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from certwright.reconcile.existing import Existing
from certwright.reconcile.plan import Plan, make_plan
from certwright.reconcile.steps import Step, StoreCertificates, StoreStatus
from certwright.reconcile.world import Kind, ObjectId, World
from certwright.resources.kinds import AnyResource
from certwright.resources.metadata import ObjectKey
from certwright.resources.namespaces import Namespace
from certwright.resources.status import Condition
from certwright_operator.children.actions import Action, Annotate, Remove
from certwright_operator.children.child import Child
from certwright_operator.children.existing import existing
from certwright_operator.children.origins import origin_of
from certwright_operator.children.places import ChildKey, ChildKind, Namespaces
from certwright_operator.children.roles import Role
from certwright_operator.children.steps import ChildStep, wanted
from certwright_operator.children.sweeping import sweep, used_signers
from certwright_operator.children.wanted import Wanted, Write
from tests.unit.reconcile.house import BASE_URL, House

OURS = Namespaces("certwright-system", "certwright-acme")

ROOT = """
kind: CertificateAuthority
metadata: {name: root}
spec: {root: {}, commonName: Root}
"""
PROFILE = """
---
kind: CertificateTemplate
metadata: {name: web-server}
spec: {preset: TLSServer, allowed: {dnsNames: {values: ["**.acme.com"]}}}
---
kind: CertificateProfile
metadata: {name: web}
spec: {issuer: {authorityRef: {name: root}}, templateRef: {name: web-server}}
"""
CREDENTIAL = """
---
kind: EABCredential
metadata: {name: default}
spec: {profileRef: {name: web}, secretName: eab}
"""
ALL = ROOT + PROFILE + CREDENTIAL
SELF_SIGNED = ALL.replace("authorityRef: {name: root}", "selfSigned: {}").removeprefix(ROOT)


class Cluster:
    """Objects as an API server stores them, and documents of the four kinds."""

    def __init__(self, documents: str = ALL) -> None:
        self.house = House(documents)
        self.objects: dict[ChildKey, dict[str, Any]] = {}
        self.writes: list[str] = []
        self._numbers = count(1)
        self.found_namespace("pki", "first")

    def found_namespace(self, name: str, uid: str) -> None:
        """Let a namespace of that name be there, another one than before."""
        body = {"metadata": {"name": name, "uid": uid}}
        self.house.namespaces = (Namespace.model_validate(body),)

    def recreate(self, documents: str, uid: str) -> None:
        """Let objects be gone and come again, with that UID, before anybody looks."""
        namespaces = self.house.namespaces
        self.house.write(documents.replace("metadata: {", f"metadata: {{uid: {uid}, "))
        self.house.namespaces = namespaces
        self.house.statuses.clear()

    @property
    def world(self) -> World:
        """The objects, and the namespace that was founded last."""
        return self.house.world()

    @property
    def children(self) -> tuple[Child, ...]:
        """All objects, as they are read."""
        return tuple(Child.read(body, OURS) for body in self.objects.values())

    def of_role(self, role: Role) -> tuple[Child, ...]:
        """Those children that hold one thing."""
        return tuple(child for child in self.children if child.role is role)

    def only(self, role: Role) -> Child:
        """The one child that holds it."""
        (child,) = self.of_role(role)
        return child

    def existing(self) -> Existing:
        """What planning is told."""
        tenants = {
            ObjectKey(child.key.namespace, child.key.name): child
            for child in self.children
            if child.key.namespace == "pki"
        }
        return existing(self.children, self.world, self.world, {}, tenants)

    def plan(self) -> Plan:
        """Plan, writing nothing."""
        house = self.house
        return make_plan(self.world, self.existing(), house.effects(), BASE_URL, house.now)

    def reconcile(self) -> Plan:
        """Plan and write what differs."""
        plan = self.plan()
        for resource, steps in _looks(plan):
            for step in steps:
                if isinstance(step, StoreStatus):
                    self.house.statuses[step.object] = step.status
                elif isinstance(step, ChildStep):
                    self._write(step, resource)
        return plan

    def _write(self, step: ChildStep, resource: AnyResource) -> None:
        present = None
        if isinstance(step, StoreCertificates):
            present = self.get(OURS.key(step.signer))
        self.put(wanted(step, OURS, origin_of(step, resource, self.world), present))

    def put(self, want: Wanted) -> Write:
        """Bring an object to what is wanted."""
        before = self.get(want.key)
        write = want.write(before)
        match write:
            case Write.CREATE:
                self.create(want.manifest())
            case Write.CREATE_ANEW:
                self.delete(want.key)
                self.create(want.manifest())
            case Write.REPLACE:
                self.replace(want.manifest(before))
            case Write.THERE | Write.FOREIGN | Write.BARRED | Write.NOTHING:
                return write
        self.writes.append(f"{write} {want.key}")
        return write

    def get(self, key: ChildKey) -> Child | None:
        """Read an object."""
        body = self.objects.get(key)
        return None if body is None else Child.read(body, OURS)

    def create(self, body: dict[str, Any]) -> None:
        """Store a new object."""
        key = _key_of(body)
        assert key not in self.objects
        self._store(body, f"child-{next(self._numbers)}")

    def replace(self, body: dict[str, Any]) -> None:
        """Store an object over another, as the API server allows it."""
        before = self.objects[_key_of(body)]
        metadata = body["metadata"]
        assert metadata["uid"] == before["metadata"]["uid"]
        assert metadata["resourceVersion"] == before["metadata"]["resourceVersion"]
        if before.get("immutable"):
            assert body["immutable"]
            assert body["data"] == before["data"]
        self._store(body, before["metadata"]["uid"])

    def delete(self, key: ChildKey) -> None:
        """Let an object be gone."""
        del self.objects[key]

    def edit(self, key: ChildKey, change: Callable[[dict[str, Any]], None]) -> None:
        """Change an object by hand."""
        change(self.objects[key])
        self._store(self.objects[key], self.objects[key]["metadata"]["uid"])

    def _store(self, body: dict[str, Any], uid: str) -> None:
        version = str(next(self._numbers))
        metadata = {**body["metadata"], "uid": uid, "resourceVersion": version}
        self.objects[_key_of(body)] = {**body, "metadata": metadata}

    def sweep(self) -> tuple[Action, ...]:
        """Sweep once, carrying out what is found."""
        present = {ObjectId.of(each): each.metadata.uid for each in self.world.objects}
        used = used_signers(self.children)
        actions = sweep(self.children, present, used, self.house.now)
        for action in actions:
            self.carry_out(action)
        return actions

    def carry_out(self, action: Action) -> None:
        """Do what an action says."""
        metadata = self.objects[action.key]["metadata"]
        assert (metadata["uid"], metadata["resourceVersion"]) == (action.uid, action.version)
        match action:
            case Remove():
                self.delete(action.key)
            case Annotate():
                left = {**metadata["annotations"], **action.annotations}
                kept = {name: value for name, value in left.items() if value is not None}
                metadata["annotations"] = kept
                self._store(self.objects[action.key], action.uid)

    def ready(self, kind: Kind, name: str) -> Condition:
        """Return the Ready condition of an object."""
        return self.house.ready(kind, name)


def _looks(plan: Plan) -> list[tuple[AnyResource, tuple[Step, ...]]]:
    return [
        *((each.authority, tuple(each.steps)) for each in plan.authorities.values()),
        *((each.template, tuple(each.steps)) for each in plan.templates.values()),
        *((each.profile, tuple(each.steps)) for each in plan.profiles.values()),
        *((each.credential, tuple(each.steps)) for each in plan.credentials.values()),
    ]


def _key_of(body: Mapping[str, Any]) -> ChildKey:
    metadata = body["metadata"]
    return ChildKey(ChildKind(body["kind"]), metadata["namespace"], metadata["name"])


def encoded(text: str) -> str:
    """Return text as a Secret's data has it."""
    return base64.b64encode(text.encode()).decode()
