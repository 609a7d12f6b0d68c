"""What is read at a scrape of the server's clock and of how full its store is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


@dataclass(frozen=True, slots=True)
class UpkeepState:
    """How things stand.

    Args:
        clock_trusted: Whether the wall clock is trusted: nothing is issued while it isn't.
        certificates: How many are stored, those that have expired included; None if not counted.
        certificate_cap: How many there can be; None where there is no cap.
    """

    clock_trusted: bool
    certificates: int | None = None
    certificate_cap: int | None = None


class UpkeepCollector(Collector):
    """Makes metrics of the state.

    Args:
        state: Called at each scrape.
    """

    def __init__(self, state: Callable[[], UpkeepState]) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        state = self._state()
        yield GaugeMetricFamily(
            "certwright_clock_trusted",
            "Whether the wall clock is trusted: nothing is issued or swept while it isn't",
            value=int(state.clock_trusted),
        )
        if state.certificates is not None:
            yield GaugeMetricFamily(
                "certwright_certificates_stored",
                "Certificates that are stored, those that have expired included",
                value=state.certificates,
            )
        if state.certificate_cap is not None:
            yield GaugeMetricFamily(
                "certwright_certificates_cap",
                "Certificates from which on no orders are taken",
                value=state.certificate_cap,
            )
