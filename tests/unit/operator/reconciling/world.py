"""A cluster in memory with an operator in it."""

import contextlib
import itertools
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from certwright.pki import keys
from certwright.pki.certificates import random_serial
from certwright.reconcile.effects import Effects
from certwright.reconcile.events import Event
from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.kinds import AnyResource
from certwright_operator.api.port import (
    DEFINITIONS,
    KINDS,
    NAMESPACES,
    SECRETS,
    Forbidden,
    Object,
)
from certwright_operator.reconciling.reconciler import Reconciler
from certwright_operator.settings import Settings, TenantSecrets
from tests.fakes.kubernetes_api import Call, FakeAPI
from tests.fakes.monotonic_clock import MonotonicClock

QUICKSTART = Path(__file__).parents[4] / "examples" / "quickstart"
OPERATOR, SERVER = "certwright-system", "certwright-acme"


def quickstart() -> list[Object]:
    """Return the documents of the quick start."""
    found: list[Object] = []
    for path in sorted(QUICKSTART.glob("*.yaml")):
        found += [each for each in yaml.safe_load_all(path.read_text("utf-8")) if each]
    return found


class Notes:
    """A `Meter` and a `Herald` that write down what they are told."""

    def __init__(self) -> None:
        self.failures: list[Kind] = []
        self.events: list[tuple[ObjectId, Event]] = []

    def looked(self, objects: int, seconds: float) -> None:
        assert objects > 0
        assert seconds >= 0

    def failed(self, kind: Kind) -> None:
        self.failures.append(kind)

    async def tell(self, resource: AnyResource, event: Event) -> None:
        self.events.append((ObjectId.of(resource), event))


class Killed(BaseException):
    """The operator's process ended here."""


class Cluster:
    """An API server, and operators that come and go.

    Attributes:
        api: The API server.
        notes: What operators told.
        generate: Makes keys.
    """

    def __init__(
        self, tenant_secrets: TenantSecrets | None = None, api: FakeAPI | None = None
    ) -> None:
        self.api = api or FakeAPI()
        self.clock = MonotonicClock()
        self.notes = Notes()
        self.keys_made = 0
        self.generate: Callable[[keys.KeyType], keys.PrivateKey] = keys.generate
        self._drawn = itertools.count()
        self._settings = Settings(
            operator_namespace=OPERATOR,
            server_namespace=SERVER,
            base_url="https://acme.example.test",
            tenant_secrets=tenant_secrets or TenantSecrets(),
            identity="me",
        )
        for name in (OPERATOR, SERVER, "pki"):
            self.api.put(NAMESPACES, None, {"metadata": {"name": name}})
        for resource in KINDS.values():
            name = f"{resource.plural}.{resource.group}"
            self.api.put(DEFINITIONS, None, {"metadata": {"name": name}})
        self.operator = self.new_operator()

    def new_operator(self) -> Reconciler:
        """Return an operator that has just been started, and watches."""

        def generate(wanted: keys.KeyType) -> keys.PrivateKey:
            self.keys_made += 1
            return self.generate(wanted)

        effects = Effects(generate, self._random_bytes, random_serial)
        notes = self.notes
        made = Reconciler(self.api, self._settings, self.clock, effects, notes, notes)
        self.api.watchers[:] = [made.seen]
        return made

    def _random_bytes(self, length: int) -> bytes:
        """Draw a secret that no other one equals."""
        return next(self._drawn).to_bytes(length, "big")

    def write(self, documents: list[Object]) -> None:
        """Write documents as `kubectl apply` does: their status stays."""
        kinds = {"Namespace": NAMESPACES, **{str(kind): KINDS[kind] for kind in Kind}}
        for document in documents:
            resource = kinds[document["kind"]]
            metadata = document["metadata"]
            present = self.api.found(resource, metadata.get("namespace"), metadata["name"])
            status = {} if present is None else {"status": present.get("status")}
            self.api.put(resource, metadata.get("namespace"), {**document, **status})

    async def settle(self, operator: Reconciler | None = None) -> None:
        """Start an operator, if it hasn't been, and let it do all that can be done by now."""
        working = operator or self.operator
        if not working.started:
            await working.start()
        for _ in range(50):
            if working.busy:
                await working.turn()
            elif working.sweeping_in < float("inf"):
                self.clock.elapsed += working.sweeping_in
            else:
                return
        raise AssertionError("the operator never comes to rest")

    async def settle_until_killed(self, operator: Reconciler, writes: int) -> bool:
        """Let an operator work until it dies right after so many writes; tell whether it did."""
        left = writes

        def die(_: Call) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed

        self.api.after = die
        try:
            with contextlib.suppress(Killed):
                await self.settle(operator)
                return False
        finally:
            self.api.after = None
        return True

    def refuse_writes_to(self, name: str) -> None:
        """Let nobody write what is of this name."""

        def refuse(call: Call) -> None:
            if call.name == name and call.verb != "get":
                raise Forbidden(403, "Forbidden", f"{name} is withheld by a webhook")

        self.api.before = refuse

    async def pass_time(self, by: timedelta) -> None:
        """Let time pass, then settle."""
        self.clock.elapsed += by.total_seconds()
        await self.settle()

    def secret(self, namespace: str, name: str) -> Object | None:
        """Return a Secret."""
        return self.api.found(SECRETS, namespace, name)

    def found(self, kind: Kind, name: str) -> Object:
        """Return an object of `pki`, or of `NAMESPACE/NAME`."""
        namespace, _, name = name.rpartition("/")
        found = self.api.found(KINDS[kind], namespace or "pki", name)
        assert found is not None, name
        return found

    def ready(self, kind: Kind, name: str) -> tuple[str, str]:
        """Return status and reason of an object's condition Ready."""
        condition = self.condition(kind, name)
        return condition["status"], condition["reason"]

    def condition(self, kind: Kind, name: str, type_: str = "Ready") -> Mapping[str, Any]:
        """Return a condition of an object."""
        conditions = self.found(kind, name).get("status", {}).get("conditions", ())
        found: Mapping[str, Any]
        found = next((each for each in conditions if each["type"] == type_), {})
        assert found, f"{kind} {name} has no condition {type_}"
        return found
