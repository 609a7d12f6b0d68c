"""What the operator counts, for Prometheus. Every label has few values."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from certwright.reconcile.world import Kind

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
"""Content-Type of the exposition."""

_SECONDS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the operator stands at a moment.

    Args:
        leading: Whether it holds the Lease.
        pending: How many objects are to be looked at, now or later.
        failing: How many couldn't be written when they were last looked at.
        frozen: Whether nothing is done, because too much is gone.
        objects: How many objects of a kind are ready, and how many aren't.
        serving_faults: How many things people have to see to at the server's TLS.
        serving_ends: When the server's certificate ends, in seconds of Unix time; None if there is
            none.
        serving_losses: How often the server's root had to be made anew because it was lost.
        issuers: How many of cert-manager's issuers of a kind ask for trust and have it, and how
            many haven't.
    """

    leading: bool = False
    pending: int = 0
    failing: int = 0
    frozen: bool = False
    objects: Mapping[tuple[Kind, bool], int] = field(default_factory=dict)
    serving_faults: int = 0
    serving_ends: float | None = None
    serving_losses: int = 0
    issuers: Mapping[tuple[str, bool], int] = field(default_factory=dict)


class Metrics:
    """The instruments of one operator."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._requests = Counter(
            "certwright_operator_api_requests",
            "Requests to the API server by HTTP status; 0 is no answer. Watches are not counted",
            ["verb", "resource", "code"],
            registry=self._registry,
        )
        self._looks = Histogram(
            "certwright_operator_look_seconds",
            "Time that planning and writing a batch of objects took",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._looked = Counter(
            "certwright_operator_objects_looked_at",
            "Objects that were planned",
            registry=self._registry,
        )
        self._failed = Counter(
            "certwright_operator_failures",
            "Looks at an object that are repeated, since something couldn't be written",
            ["kind"],
            registry=self._registry,
        )
        self._standing: Callable[[], Standing] = Standing
        self._registry.register(_StandingCollector(self._stands))

    def ask(self, standing: Callable[[], Standing]) -> None:
        """Ask `standing` from now on, whenever somebody scrapes."""
        self._standing = standing

    def requested(self, verb: str, plural: str, status: int) -> None:
        """Count a request to the API server."""
        self._requests.labels(verb, plural, str(status)).inc()

    def looked(self, objects: int, seconds: float) -> None:
        """Count a look at some objects, and what it took."""
        self._looked.inc(objects)
        self._looks.observe(seconds)

    def failed(self, kind: Kind) -> None:
        """Count a look that will be repeated."""
        self._failed.labels(kind.value).inc()

    def _stands(self) -> Standing:
        return self._standing()

    def exposition(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)


class _StandingCollector(Collector):
    """Asks how the operator stands whenever somebody scrapes."""

    def __init__(self, stands: Callable[[], Standing]) -> None:
        self._stands = stands

    def collect(self) -> Iterator[Metric]:
        stands = self._stands()
        prefix = "certwright_operator"
        yield GaugeMetricFamily(
            f"{prefix}_leading", "1 while this replica holds the Lease", int(stands.leading)
        )
        yield GaugeMetricFamily(
            f"{prefix}_pending", "Objects to be looked at, now or later", stands.pending
        )
        yield GaugeMetricFamily(
            f"{prefix}_failing", "Objects that couldn't be written", stands.failing
        )
        yield GaugeMetricFamily(
            f"{prefix}_frozen", "1 while nothing is done: too much is gone", int(stands.frozen)
        )
        objects = GaugeMetricFamily(
            f"{prefix}_objects", "Objects by kind and readiness", labels=["kind", "ready"]
        )
        for (kind, ready), count in sorted(stands.objects.items()):
            objects.add_metric([kind.value, str(ready).lower()], count)
        yield objects
        issuers = GaugeMetricFamily(
            f"{prefix}_issuers",
            "cert-manager's issuers that ask for trust, by kind and whether they have it",
            labels=["kind", "injected"],
        )
        for (kind_of_issuer, injected), count in sorted(stands.issuers.items()):
            issuers.add_metric([kind_of_issuer, str(injected).lower()], count)
        yield issuers
        yield GaugeMetricFamily(
            f"{prefix}_serving_faults",
            "What people have to see to at the server's TLS; the log says what it is",
            stands.serving_faults,
        )
        yield CounterMetricFamily(
            f"{prefix}_serving_roots_lost",
            "Roots of the server's TLS that were made anew since the former one's key was lost",
            stands.serving_losses,
        )
        # Without a sample while there is none: zero would be an end long ago.
        yield GaugeMetricFamily(
            f"{prefix}_serving_certificate_end_seconds",
            "When the server's certificate ends, in Unix time",
            stands.serving_ends,
        )
