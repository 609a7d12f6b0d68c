"""Injecting: what is written when, what people are told, and that nothing ends it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from certwright.reconcile.events import Event
from certwright.resources.metadata import ObjectKey
from certwright_operator.api.events import About
from certwright_operator.api.port import (
    Change,
    Conflict,
    Forbidden,
    NotServed,
    Object,
    Refused,
    Resource,
    Unavailable,
)
from certwright_operator.injection.injector import PATIENCE, Injector
from certwright_operator.injection.issuer import FIELD_MANAGER, ISSUERS, Place
from certwright_operator.injection.shelf import Shelf
from certwright_operator.injection.watching import Watching
from certwright_operator.serving.trust import Trust
from tests.fakes.monotonic_clock import MonotonicClock
from tests.unit.operator.injection import bodies
from tests.unit.operator.injection.bodies import DIRECTORY, body, owned

REFUSED = Conflict(409, "Conflict", "conflict with somebody")


@dataclass
class Issuers:
    """An API server with Issuers: watches tell of what is there, and then of what is claimed."""

    there: dict[str, Object] = field(default_factory=dict)
    claims: list[Object] = field(default_factory=list)
    failure: Refused | Unavailable | None = None
    hidden: Refused | Unavailable | None = None
    watches: int = 0

    @asynccontextmanager
    async def watched(self, resource: Resource) -> AsyncIterator[AsyncIterator[Change]]:
        self.watches += 1
        if self.hidden is not None:
            raise self.hidden
        yield self._changes(resource)

    async def _changes(self, resource: Resource) -> AsyncIterator[Change]:
        for found in self.there.values() if resource == ISSUERS else ():
            yield Change("ADDED", found)

    async def claim(
        self, resource: Resource, namespace: str | None, name: str, body: Object, *, manager: str
    ) -> Object:
        assert (resource, namespace, manager) == (ISSUERS, "team-a", FIELD_MANAGER)
        self.claims.append(body)
        if self.failure is not None:
            raise self.failure
        found = self.there[name]
        assert body["metadata"] == {"name": name, "uid": found["metadata"]["uid"]}
        version = int(found["metadata"]["resourceVersion"]) + 1
        source = found["metadata"]["annotations"].get("certwright.dev/inject-ca-from")
        self.there[name] = changed = bodies.body(name, version, source)
        if "spec" in body:
            changed["spec"]["acme"] |= body["spec"]["acme"]
            owned(changed, FIELD_MANAGER)
        return changed


@dataclass
class Told:
    """Notes Events."""

    events: list[tuple[str, str]] = field(default_factory=list)

    async def post(self, about: About, event: Event) -> None:
        assert event.warning
        self.events.append((about.name, event.message))


@dataclass
class Scene:
    """An injector over a shelf of its own, and watches that tell it."""

    api: Issuers
    trust: Trust
    told: Told
    clock: MonotonicClock
    injector: Injector
    profiles: set[str]

    async def look(self) -> None:
        """Take in what is there by a whole watch, and look at it."""
        await self.injector.watches[0].once()
        await self.injector.look()


@pytest.fixture
def scene() -> Scene:
    api, trust, told, clock, profiles = Issuers(), Trust(), Told(), MonotonicClock(), {"pki/web"}
    trust.published(b"root")

    def directories(profile: ObjectKey) -> str | None:
        return DIRECTORY if str(profile) in profiles else None

    injector = Injector(api, trust, directories, told, clock)
    return Scene(api, trust, told, clock, injector, profiles)


async def test_trust_is_injected_once(scene: Scene) -> None:
    scene.api.there["one"] = body()
    for _ in range(3):
        await scene.look()
        scene.clock.elapsed += 1000
    assert [claim["spec"] for claim in scene.api.claims] == [{"acme": {"caBundle": "cm9vdA=="}}]
    assert scene.injector.counts() == {("Issuer", True): 1}


async def test_another_trust_is_injected_anew(scene: Scene) -> None:
    scene.api.there["one"] = body()
    await scene.look()
    await scene.injector.look()
    scene.trust.published(b"other")
    await scene.injector.look()
    assert scene.api.claims[-1]["spec"] == {"acme": {"caBundle": "b3RoZXI="}}
    assert len(scene.api.claims) == 2


async def test_trust_that_is_not_known_any_longer_changes_nothing(scene: Scene) -> None:
    scene.api.there["one"] = body()
    await scene.look()
    scene.trust.published(None)
    await scene.look()
    assert len(scene.api.claims) == 1


async def test_what_is_not_asked_for_any_longer_is_released(scene: Scene) -> None:
    scene.api.there["one"] = owned(body(source=None, caBundle="cm9vdA=="), FIELD_MANAGER)
    await scene.look()
    await scene.look()
    assert scene.api.claims == [{"metadata": {"name": "one", "uid": "uid-one"}}]
    assert scene.injector.counts() == {}


async def test_issuers_that_ask_for_nothing_are_not_counted(scene: Scene) -> None:
    scene.api.there["one"] = body(source=None, caBundle="eA==")
    await scene.look()
    assert scene.api.claims == []
    assert scene.injector.counts() == {}


async def test_a_profile_that_comes_soon_is_waited_for_in_silence(scene: Scene) -> None:
    scene.profiles.clear()
    scene.api.there["one"] = body()
    await scene.look()
    scene.clock.elapsed += PATIENCE - 1
    await scene.look()
    assert scene.told.events == []
    assert scene.injector.counts() == {("Issuer", False): 1}
    scene.profiles.add("pki/web")
    await scene.look()
    assert len(scene.api.claims) == 1


async def test_a_profile_that_does_not_come_is_told_of(scene: Scene) -> None:
    scene.profiles.clear()
    scene.api.there["one"] = body()
    await scene.look()
    scene.clock.elapsed += PATIENCE
    await scene.look()
    assert "no CertificateProfile pki/web" in scene.told.events[0][1]


async def test_what_an_issuer_says_wrong_is_told_at_once_and_logged_once(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.api.there["one"] = body(source="web")
    for _ in range(3):
        await scene.look()
    assert "'web' is not NAMESPACE/NAME" in scene.told.events[0][1]
    assert caplog.text.count("is not NAMESPACE/NAME") == 1


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        pytest.param(REFUSED, 0, id="somebody was faster"),
        pytest.param(Forbidden(403, "Forbidden", "no role"), 1, id="no role"),
    ],
)
async def test_what_is_refused_is_not_tried_again_until_there_is_news(
    scene: Scene, failure: Refused, told: int
) -> None:
    scene.api.there["one"] = body()
    scene.api.failure = failure
    for _ in range(3):
        await scene.look()
        scene.clock.elapsed += 10
    assert len(scene.api.claims) == 1
    assert len(scene.told.events) == told
    scene.api.failure = None
    scene.api.there["one"] = body(version=5, email="x@example.test")
    await scene.look()
    assert len(scene.api.claims) == 1  # of what matters here, nothing is new
    scene.api.there["one"] = body(version=6, skipTLSVerify=True)
    await scene.look()
    scene.api.there["one"] = body(version=7)
    await scene.look()
    assert len(scene.api.claims) == 2


async def test_what_is_refused_is_tried_again_after_a_while(scene: Scene) -> None:
    scene.api.there["one"] = body()
    scene.api.failure = Forbidden(403, "Forbidden", "no role")
    await scene.look()
    scene.clock.elapsed += 300
    scene.api.failure = None
    await scene.look()
    assert len(scene.api.claims) == 2


async def test_an_outage_is_waited_out(scene: Scene) -> None:
    scene.api.there["one"] = body()
    scene.api.failure = Unavailable("away")
    await scene.look()
    scene.api.failure = None
    scene.clock.elapsed += 5
    await scene.look()
    assert len(scene.api.claims) == 2
    assert scene.told.events == []


async def test_an_issuer_that_went_between_two_watches_is_forgotten(scene: Scene) -> None:
    scene.api.there["one"] = body(source="web")
    await scene.look()
    scene.api.there.clear()
    await scene.look()
    assert scene.injector.counts() == {}


@pytest.mark.parametrize(
    ("hidden", "pause", "kept", "said"),
    [
        (NotServed(404, "NotFound", "no such kind"), 15, False, "there are no issuers"),
        (Forbidden(403, "Forbidden", "no role"), 300, False, "no trust is injected into issuers"),
        (Unavailable("away"), 1, True, "can't be watched: away"),
        (Refused(410, "Expired", "too old"), 1, True, "can't be watched: too old"),
    ],
    ids=["cert-manager isn't there", "no role lets it", "an outage", "too slow"],
)
async def test_no_end_of_a_watch_ends_more_and_it_is_told_once(
    caplog: pytest.LogCaptureFixture,
    hidden: Refused | Unavailable,
    pause: float,
    kept: bool,
    said: str,
) -> None:
    caplog.set_level(logging.INFO)
    api, shelf, clock = Issuers({"one": body()}), Shelf(), MonotonicClock()
    watching = Watching(api, ISSUERS, shelf, lambda: None, clock)
    await watching.once()
    api.hidden = hidden
    assert [await watching.once() for _ in range(3)] == [pause] * 3
    assert caplog.text.count(said) == 1
    assert (shelf.get(Place(ISSUERS, "team-a", "one")) is not None) == kept
    api.hidden = None
    await watching.once()
    assert shelf.get(Place(ISSUERS, "team-a", "one")) is not None


async def test_it_goes_on_until_it_is_cancelled(scene: Scene) -> None:
    scene.api.hidden = NotServed(404, "NotFound", "no such kind")
    running = asyncio.create_task(scene.injector.run())
    await _turns(lambda: scene.api.watches > 4)
    scene.api.there["one"] = body()
    scene.api.hidden = None
    await _turns(lambda: len(scene.api.claims) == 1)
    assert not running.done()
    running.cancel()


async def _turns(until: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if until():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came about")
