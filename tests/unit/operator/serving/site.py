"""A cluster in memory, in which somebody keeps the TLS of a server."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography import x509

from certwright.pki import chains
from certwright.pki.certificates import random_serial
from certwright.pki.keys import generate
from certwright.reconcile.effects import Effects
from certwright_operator.api.port import CONFIG_MAPS, SECRETS, Object, Resource
from certwright_operator.serving.keeping import Serving
from certwright_operator.serving.trust import Trust
from certwright_operator.settings import ServingTLS, Settings, TenantSecrets
from tests.fakes.kubernetes_api import FakeAPI
from tests.fakes.monotonic_clock import MonotonicClock

OPERATOR, SERVER = "certwright-system", "certwright-acme"
HOST = "acme.certwright-acme.svc"

AUTHORITY = (SECRETS, OPERATOR, "serving-authority")
SERVED = (SECRETS, SERVER, "serving-tls")
TRUST = (CONFIG_MAPS, SERVER, "trust.server")
Place = tuple[Resource, str, str]


@dataclass
class Site:
    """An API server, and a part of an operator that comes and goes.

    Attributes:
        tls: What it is told.
        hostnames: What profiles have; None while nobody knows.
        trust: What others are told.
    """

    tls: ServingTLS = field(default_factory=ServingTLS)
    api: FakeAPI = field(default_factory=FakeAPI)
    clock: MonotonicClock = field(default_factory=MonotonicClock)
    hostnames: frozenset[str] | None = frozenset()
    trust: Trust = field(default_factory=Trust)

    def serving(self) -> Serving:
        """Return one that has just been started, and watches."""
        settings = Settings(
            OPERATOR, SERVER, f"https://{HOST}", TenantSecrets(), "me", serving=self.tls
        )
        effects = Effects(generate, _no_bytes, random_serial)
        made = Serving(self.api, settings, self.clock, effects, lambda: self.hostnames, self.trust)
        self.api.watchers[:] = [made.seen]
        return made

    def found(self, place: Place) -> Object:
        """Return an object, which has to be there."""
        found = self.api.found(*place)
        assert found is not None, place[2]
        return found

    def data(self, place: Place) -> Mapping[str, bytes]:
        """Return what an object holds."""
        held = self.found(place)["data"]
        if place[0] == CONFIG_MAPS:
            return {name: value.encode() for name, value in held.items()}
        return {name: base64.b64decode(value) for name, value in held.items()}

    def put(self, place: Place, data: Mapping[str, bytes], **more: object) -> None:
        """Have somebody else write a Secret."""
        resource, namespace, name = place
        encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
        body: Object = {"metadata": {"name": name}, "data": encoded, **more}
        self.api.put(resource, namespace, body)

    def edit(self, place: Place, **changed: object) -> None:
        """Have somebody edit an object's members."""
        resource, namespace, _ = place
        self.api.put(resource, namespace, {**self.found(place), **changed})

    def annotate(self, place: Place, **annotations: str) -> None:
        """Have somebody put annotations on an object, named without `certwright.dev/`."""
        found = self.found(place)
        held = found["metadata"].get("annotations") or {}
        ours = {f"certwright.dev/{name}": value for name, value in annotations.items()}
        found["metadata"]["annotations"] = {**held, **ours}
        self.api.put(place[0], place[1], found)

    def remove(self, place: Place) -> None:
        """Have somebody delete an object."""
        self.api.remove(*place)

    def wait(self, time: timedelta) -> None:
        """Let time pass."""
        self.clock.elapsed += time.total_seconds()

    @property
    def trusted(self) -> tuple[x509.Certificate, ...]:
        """The roots that are published."""
        return chains.certificates_from_pem(self.data(TRUST)["ca.crt"].decode())

    @property
    def leaf(self) -> x509.Certificate:
        """What the server serves with."""
        return chains.certificate_from_pem(self.data(SERVED)["tls.crt"].decode())

    @property
    def names(self) -> list[str]:
        """The DNS names that it is for."""
        found = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return found.value.get_values_for_type(x509.DNSName)

    @property
    def findings(self) -> tuple[str, ...]:
        """What a client finds wrong that trusts what is published."""
        return chains.verify_chain(self.leaf, (), self.trusted, self.clock.now())


def _no_bytes(length: int) -> bytes:
    raise AssertionError(f"nobody needs {length} random bytes here")
