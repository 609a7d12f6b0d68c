"""Events: told once an hour, and never the reason that something fails."""

import logging

import pytest

from certwright.reconcile.events import Event
from certwright.resources.credential import EABCredential
from certwright_operator.api.events import Events
from certwright_operator.api.port import EVENTS
from tests.fakes.kubernetes_api import FakeAPI
from tests.fakes.monotonic_clock import MonotonicClock

CREDENTIAL = EABCredential.model_validate(
    {
        "apiVersion": "certwright.dev/v1alpha1",
        "kind": "EABCredential",
        "metadata": {"name": "default", "namespace": "team-a", "uid": "u-1"},
        "spec": {"profileRef": {"name": "web", "namespace": "pki"}},
    }
)


@pytest.fixture
def api() -> FakeAPI:
    return FakeAPI()


@pytest.fixture
def clock() -> MonotonicClock:
    return MonotonicClock()


@pytest.fixture
def events(api: FakeAPI, clock: MonotonicClock) -> Events:
    return Events(api, "me", clock.now, clock.monotonic)


async def test_an_event_is_told_beside_its_object(api: FakeAPI, events: Events) -> None:
    await events.tell(CREDENTIAL, Event("a new secret was drawn"))
    (told,) = api.objects(EVENTS, "team-a")
    assert told["involvedObject"]["kind"] == "EABCredential"
    assert told["involvedObject"]["uid"] == "u-1"
    assert (told["type"], told["message"]) == ("Normal", "a new secret was drawn")


async def test_what_a_person_should_look_at_is_a_warning(api: FakeAPI, events: Events) -> None:
    await events.tell(CREDENTIAL, Event("the key is gone", warning=True))
    (told,) = api.objects(EVENTS)
    assert (told["type"], told["reason"]) == ("Warning", "NeedsAttention")


async def test_what_is_told_of_a_condition_has_its_reason(api: FakeAPI, events: Events) -> None:
    await events.tell(CREDENTIAL, Event("it is ready: binds accounts", reason="Granted"))
    (told,) = api.objects(EVENTS)
    assert (told["type"], told["reason"]) == ("Normal", "Granted")


async def test_nothing_is_told_twice_within_an_hour(
    api: FakeAPI, events: Events, clock: MonotonicClock
) -> None:
    for _ in range(3):
        await events.tell(CREDENTIAL, Event("the key is gone", warning=True))
    await events.tell(CREDENTIAL, Event("something else"))
    assert len(api.objects(EVENTS)) == 2
    clock.elapsed += 3600
    await events.tell(CREDENTIAL, Event("the key is gone", warning=True))
    assert len(api.objects(EVENTS)) == 3


async def test_a_failure_is_only_logged(
    api: FakeAPI, events: Events, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    api.down = True
    await events.tell(CREDENTIAL, Event("a new secret was drawn"))
    assert "could not be posted" in caplog.text
