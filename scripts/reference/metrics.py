"""docs/reference/metrics.md: what server and operator count, from their instruments."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from acme_server.metrics.instruments import Instruments
from acme_server.metrics.state import BundleState, State, StateCollector
from acme_server.metrics.upkeep import UpkeepCollector, UpkeepState
from certwright_operator.metrics import Metrics
from scripts.reference.markdown import code, prose, table

_INTRODUCTION: Final = """\
# Metrics

In Prometheus's text format at `/metrics` of the operations port: 8081 of the server, 8080 of the
operator. Beside these there are `process_…` and `python_gc_…`. No label is ever a name, an
account or a serial number. [operations.md](../operations.md#metrics-and-alerts) has what is worth
an alert.
"""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A metric as Prometheus sees it: its name, type, labels and meaning."""

    name: str
    type: str
    labels: tuple[str, ...]
    meaning: str


def page() -> str:
    """Return the page."""
    return "\n".join(
        [
            _INTRODUCTION,
            "## The server\n",
            _table(server_instruments()),
            "## The operator\n",
            _table(operator_instruments()),
        ]
    )


def server_instruments() -> Iterator[Instrument]:
    """Yield what a server counts."""
    instruments = Instruments()
    bundles = BundleState(age=0, refused={})
    state = State(open_validations=0, audit_lines_lost=0, profiles=(), bundles=bundles)
    upkeep = UpkeepState(clock_trusted=True, certificates=0, certificate_cap=0)
    instruments.registry.register(StateCollector(lambda: state))
    instruments.registry.register(UpkeepCollector(lambda: upkeep))
    yield from _instruments(instruments.registry)


def operator_instruments() -> Iterator[Instrument]:
    """Yield what an operator counts."""
    yield from _instruments(Metrics()._registry)


def _instruments(registry: CollectorRegistry) -> Iterator[Instrument]:
    """Yield the instruments of a registry.

    What has counted nothing yet shows no labels to a scrape, so the collectors are asked.
    """
    for collector in registry._collector_to_names:
        for metric in collector.collect():
            if metric.name.startswith("certwright_"):
                labels = getattr(collector, "_labelnames", ()) or getattr(metric, "_labelnames", ())
                yield _instrument(metric, labels)


def _instrument(metric: Metric, labels: Iterable[str]) -> Instrument:
    name = f"{metric.name}_total" if metric.type == "counter" else metric.name
    return Instrument(name, metric.type, tuple(labels), metric.documentation)


def _table(instruments: Iterable[Instrument]) -> str:
    rows = sorted(
        (
            code(each.name),
            each.type,
            ", ".join(map(code, each.labels)),
            prose(each.meaning),
        )
        for each in instruments
    )
    return table(("metric", "type", "labels", "meaning"), rows)
