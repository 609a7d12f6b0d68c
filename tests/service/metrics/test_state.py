"""What is read at a scrape."""

from dataclasses import replace
from datetime import UTC, datetime

from acme_server.metrics.instruments import Instruments
from acme_server.metrics.state import State, StateCollector
from tests.service.metrics.samples import value
from tests.service.services.world import TEMPLATE, profile, signer

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_state_is_that_of_the_scrape() -> None:
    instruments = Instruments()
    issuing = profile(signer(NOW), TEMPLATE)
    state = State(3, 1, [issuing])
    instruments.registry.register(StateCollector(lambda: state))
    assert value(instruments, "validations_open") == 3
    assert value(instruments, "audit_lines_lost_total") == 1
    assert value(instruments, "profile_issuing", profile="pki/web") == 1
    expiry = value(instruments, "authority_expiry_timestamp_seconds", profile="pki/web")
    assert expiry == signer(NOW).earliest_expiry.timestamp()
    state = State(0, 1, [replace(issuing, refusal="its authority is gone")])
    assert value(instruments, "profile_issuing", profile="pki/web") == 0
    state = State(0, 1, [profile(None, TEMPLATE)])
    assert value(instruments, "profile_issuing", profile="pki/web") == 0
    assert value(instruments, "authority_expiry_timestamp_seconds", profile="pki/web") is None
    assert value(instruments, "profile_directory_url_differs", profile="pki/web") == 0
    state = State(0, 1, [issuing], misdirected=["pki/web"])
    assert value(instruments, "profile_directory_url_differs", profile="pki/web") == 1
    state = State(0, 1, [])
    assert value(instruments, "profile_issuing", profile="pki/web") is None
