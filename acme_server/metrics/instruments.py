"""The counters and histograms of one server, in a registry of its own."""

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

from acme_server.ports import Answered

#: The text format that `exposition` returns, as a Content-Type.
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_ATTEMPT_SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
_OTHER = "other"


class Instruments:
    """All instruments; `registry` has them, and takes collectors of what is read at a scrape."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.requests = Histogram(
            "certwright_request_seconds",
            "Time until a request was answered, its body's arrival included",
            ["resource", "method", "status"],
            buckets=_REQUEST_SECONDS,
            registry=self.registry,
        )
        self.attempts = Histogram(
            "certwright_validation_attempt_seconds",
            "Time that one attempt to validate a challenge took; result is `met` or the error type",
            ["type", "result"],
            buckets=_ATTEMPT_SECONDS,
            registry=self.registry,
        )
        self.problems = self._counter(
            "problems", "Requests answered with a problem document", "resource", "type"
        )
        self.challenges = self._counter(
            "challenges", "Challenges that came to their end", "type", "result"
        )
        self.events = self._counter("audit_events", "What the audit log was told", "event")
        self.issued = self._counter("certificates_issued", "Certificates issued", "profile")
        self.revoked = self._counter("certificates_revoked", "Certificates revoked", "profile")
        self.swept = self._counter("swept", "Documents that were removed long after expiry", "kind")
        self.nonces = self._counter("nonces", "Nonces issued, redeemed and rejected", "result")
        self.store_errors = self._counter(
            "store_errors",
            "Calls that the store could not be reached for, or gave no answer",
            "verb",
        )

    def answered(self, request: Answered) -> None:
        """Count and time an answered request; implements `acme_server.ports.Meter`."""
        resource = request.resource or _OTHER
        method = request.method if request.method in _METHODS else _OTHER
        status = f"{request.status // 100}xx"
        self.requests.labels(resource, method, status).observe(request.seconds)
        if request.problem is not None:
            self.problems.labels(resource, request.problem.value).inc()

    def exposition(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"certwright_{name}", meaning, labels, registry=self.registry)
