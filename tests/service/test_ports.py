"""What the small ports promise, held against the real adapters and the fakes alike."""

from collections.abc import Callable
from datetime import UTC

import pytest

from acme_server.nonces.local import LocalNonces
from acme_server.ports import Clock, NonceRejected, Nonces, Randomness
from acme_server.protocol.encoding import decode_base64url
from acme_server.system import SystemClock, SystemRandomness
from tests.fakes.clock import FakeClock
from tests.fakes.nonces import FakeNonces
from tests.fakes.randomness import FakeRandomness


def local_nonces() -> Nonces:
    return LocalNonces(bytes(32), SystemRandomness(), size=64)


@pytest.mark.parametrize("make", [local_nonces, FakeNonces], ids=["real", "fake"])
class TestNonces:
    async def test_a_nonce_is_good_once(self, make: Callable[[], Nonces]) -> None:
        nonces = make()
        nonce = nonces.issue(authenticated=True)
        await nonces.redeem(nonce)
        with pytest.raises(NonceRejected):
            await nonces.redeem(nonce)

    async def test_another_s_nonce_is_rejected(self, make: Callable[[], Nonces]) -> None:
        with pytest.raises(NonceRejected):
            await make().redeem("bm90LWlzc3VlZC1oZXJl")

    def test_nonces_are_base64url_and_differ(self, make: Callable[[], Nonces]) -> None:
        nonces = make()
        issued = [nonces.issue(authenticated=bool(number % 2)) for number in range(50)]
        assert len({decode_base64url(nonce, "the nonce") for nonce in issued}) == 50


@pytest.mark.parametrize("make", [SystemClock, FakeClock], ids=["real", "fake"])
class TestClock:
    def test_it_tells_aware_utc(self, make: Callable[[], Clock]) -> None:
        assert make().now().tzinfo is UTC

    @pytest.mark.parametrize("seconds", [-1, 0, 0.001])
    async def test_time_does_not_go_back_while_it_sleeps(
        self, make: Callable[[], Clock], seconds: float
    ) -> None:
        clock = make()
        before = clock.now()
        await clock.sleep(seconds)
        assert clock.now() >= before


@pytest.mark.parametrize("make", [SystemRandomness, FakeRandomness], ids=["real", "fake"])
class TestRandomness:
    @pytest.mark.parametrize("length", [1, 16, 32])
    def test_it_gives_as_many_bytes_as_asked(
        self, make: Callable[[], Randomness], length: int
    ) -> None:
        assert len(make().token(length)) == length

    def test_it_does_not_repeat(self, make: Callable[[], Randomness]) -> None:
        randomness = make()
        assert len({randomness.token(16) for _ in range(100)}) == 100
