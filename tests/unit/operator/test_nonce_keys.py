"""The Secret with the keys of nonces: made once, replaced in time, never overwritten blindly."""

import asyncio
import base64
import logging
import secrets

import pytest

from certwright.bundles.document import BundleRefused
from certwright.bundles.nonce_keys import NonceKeysBundle
from certwright_operator.api.port import SECRETS
from certwright_operator.nonce_keys import NonceKeys
from tests.fakes.kubernetes_api import Call, FakeAPI
from tests.fakes.monotonic_clock import MonotonicClock

NAMESPACE = "certwright-acme"
DAY = 86400.0


@pytest.fixture
def api() -> FakeAPI:
    return FakeAPI()


@pytest.fixture
def clock() -> MonotonicClock:
    return MonotonicClock()


@pytest.fixture
def keys(api: FakeAPI, clock: MonotonicClock) -> NonceKeys:
    return NonceKeys(api, NAMESPACE, clock, secrets.token_bytes)


def stored(api: FakeAPI) -> NonceKeysBundle:
    found = api.found(SECRETS, NAMESPACE, "nonce-keys")
    assert found is not None
    assert found["metadata"]["labels"] == {"certwright.dev/bundle": "nonce-keys"}
    return NonceKeysBundle.from_json(base64.b64decode(found["data"]["bundle.json"]))


async def test_they_are_made_once(api: FakeAPI, keys: NonceKeys) -> None:
    await keys.keep()
    made = stored(api)
    await keys.keep()
    assert stored(api) == made
    assert [call.verb for call in api.writes] == ["create"]


async def test_they_are_replaced_every_month(
    api: FakeAPI, keys: NonceKeys, clock: MonotonicClock
) -> None:
    await keys.keep()
    old = stored(api).keys[0]
    clock.elapsed += 30 * DAY
    await keys.keep()
    new, accepted = stored(api).keys
    assert accepted == old
    assert new.key != old.key
    clock.elapsed += DAY
    await keys.keep()
    assert stored(api).keys == (new,)


async def test_of_two_replicas_one_makes_them(
    api: FakeAPI, keys: NonceKeys, clock: MonotonicClock
) -> None:
    elsewhere = FakeAPI()
    await NonceKeys(elsewhere, NAMESPACE, clock, secrets.token_bytes).keep()

    def be_slower(call: Call) -> None:
        if call.verb == "create":
            api.put(SECRETS, NAMESPACE, elsewhere.objects(SECRETS)[0])

    api.before = be_slower
    await keys.keep()
    assert stored(api) == stored(elsewhere)


@pytest.mark.parametrize(
    "data", [{}, {"bundle.json": "e30="}, {"bundle.json": "eyJzY2hlbWFWZXJzaW9uIjo5OX0="}]
)
async def test_what_can_not_be_read_is_left_to_a_person(
    api: FakeAPI, keys: NonceKeys, data: dict[str, str]
) -> None:
    api.put(SECRETS, NAMESPACE, {"metadata": {"name": "nonce-keys"}, "data": data})
    with pytest.raises(BundleRefused):
        await keys.keep()
    assert not api.writes


async def test_an_outage_is_waited_out(
    api: FakeAPI, keys: NonceKeys, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    api.down = True
    running = asyncio.create_task(keys.run())
    await asyncio.sleep(0)
    assert "can't be kept up yet" in caplog.text
    api.down = False
    for _ in range(10):
        await asyncio.sleep(0)
    assert stored(api).keys
    running.cancel()
