"""Reading what Prometheus would read."""

from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from acme_server.metrics.instruments import Instruments


def samples(instruments: Instruments) -> Iterator[Sample]:
    """Yield each sample of Certwright's own metrics."""
    for family in text_string_to_metric_families(instruments.exposition().decode()):
        if family.name.startswith("certwright_"):
            yield from family.samples


def value(instruments: Instruments, name: str, **labels: str) -> float | None:
    """Return the value of one series; None where there is none."""
    found = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for sample in samples(instruments)
    }
    return found.get((f"certwright_{name}", tuple(sorted(labels.items()))))
