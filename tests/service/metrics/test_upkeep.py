"""What Prometheus sees of the clock and the cap."""

from acme_server.metrics.instruments import Instruments
from acme_server.metrics.upkeep import UpkeepCollector, UpkeepState
from tests.service.metrics.samples import value


def test_the_clock_and_how_full_the_store_is_are_those_of_the_scrape() -> None:
    instruments = Instruments()
    state = UpkeepState(clock_trusted=True)
    instruments.registry.register(UpkeepCollector(lambda: state))
    assert value(instruments, "clock_trusted") == 1
    assert value(instruments, "certificates_stored") is None
    assert value(instruments, "certificates_cap") is None
    state = UpkeepState(clock_trusted=False, certificates=0, certificate_cap=50_000)
    assert value(instruments, "clock_trusted") == 0
    assert value(instruments, "certificates_stored") == 0
    assert value(instruments, "certificates_cap") == 50_000
