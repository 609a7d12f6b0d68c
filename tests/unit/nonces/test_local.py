import logging
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from acme_server.nonces.hand_over import HandOverDamaged, decode, encode
from acme_server.nonces.incarnation import Incarnation
from acme_server.nonces.local import MAX_INCARNATIONS, LocalNonces
from acme_server.ports import NonceRejected
from tests.fakes.randomness import FakeRandomness

SIZE = 16

#: What one process issued, by ring: authenticated or not.
Rings = dict[bool, list[str]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "nonces"


def a_process(seed: int, size: int = SIZE) -> LocalNonces:
    randomness = FakeRandomness(seed)
    return LocalNonces(randomness.token(32), randomness, size)


async def accepts(nonces: LocalNonces, nonce: str) -> bool:
    try:
        await nonces.redeem(nonce)
    except NonceRejected:
        return False
    return True


async def test_a_nonce_outlives_a_restart_once(path: Path) -> None:
    first = a_process(1)
    unused, used = first.issue(authenticated=True), first.issue(authenticated=True)
    assert await accepts(first, used)
    first.hand_over(path)

    second = a_process(2)
    second.take_up(path)
    assert await accepts(second, unused)
    assert not await accepts(second, unused)
    assert not await accepts(second, used)


async def test_what_was_handed_over_is_no_longer_accepted_here(path: Path) -> None:
    first = a_process(1)
    before = first.issue(authenticated=True)
    first.hand_over(path)
    after = first.issue(authenticated=True)
    assert not await accepts(first, before)
    assert await accepts(first, after)

    second = a_process(2)
    second.take_up(path)
    assert not await accepts(second, after)
    assert await accepts(second, before)


def files(folder: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}


async def test_the_file_is_private_and_gone_once_taken_up(path: Path) -> None:
    first = a_process(1)
    nonce = first.issue(authenticated=False)
    first.hand_over(path)
    assert files(path.parent) == {"nonces": 0o600}

    killed_at_once = a_process(2)
    killed_at_once.take_up(path)
    assert files(path.parent) == {}
    third = a_process(3)
    third.take_up(path)
    assert not await accepts(third, nonce)


def test_a_start_without_a_file_is_no_matter(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    a_process(1).take_up(path)
    assert caplog.records == []


async def test_nonces_outlive_several_restarts_but_not_any_number(path: Path) -> None:
    nonces = []
    process = a_process(0)
    for seed in range(1, MAX_INCARNATIONS + 2):
        nonces.append(process.issue(authenticated=True))
        process.hand_over(path)
        process = a_process(seed)
        process.take_up(path)
    accepted = [await accepts(process, nonce) for nonce in nonces]
    assert accepted == [False, False] + [True] * (MAX_INCARNATIONS - 1)


def an_incarnation() -> Incarnation:
    incarnation = Incarnation.begin(b"s" * 32, b"identity", SIZE)
    for _ in range(20):
        incarnation.issue(authenticated=True)
    return incarnation


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"something else entirely", id="something else"),
        pytest.param(encode([an_incarnation()])[:-1], id="torn"),
        pytest.param(encode([an_incarnation()]) + b"\0", id="too long"),
        pytest.param(encode([an_incarnation()]).replace(b"identity", b"Identity"), id="changed"),
        pytest.param(encode([]).replace(b"nonces 1", b"nonces 2"), id="another format"),
    ],
)
async def test_a_damaged_file_is_warned_of_and_removed(
    path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    put(path, content)
    process = a_process(1)
    process.take_up(path)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert str(path) in caplog.text
    assert files(path.parent) == {}
    assert await accepts(process, process.issue(authenticated=False))


def put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def test_a_whole_file_that_makes_no_sense_is_damaged_too() -> None:
    incarnation = an_incarnation()
    incarnation.rings.authenticated.size = 24
    with pytest.raises(HandOverDamaged, match="makes no sense"):
        decode(encode([incarnation]))


async def test_a_file_that_cannot_be_removed_is_not_used(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # A folder stands for whatever can neither be read nor removed, for any user.
    make_folder(path)
    process = a_process(1)
    process.take_up(path)
    assert "are lost" in caplog.text
    assert await accepts(process, process.issue(authenticated=False))


def make_folder(path: Path) -> None:
    path.mkdir()


async def test_a_hand_over_that_fails_loses_nonces_and_nothing_else(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    process = a_process(1)
    before = process.issue(authenticated=True)
    process.hand_over(path / "absent" / "nonces")
    assert "clients will retry" in caplog.text
    assert not await accepts(process, before)


def redeemed(nonces: LocalNonces, nonce: str) -> bool:
    """Redeem without an event loop: alone, it has nothing to wait for."""
    try:
        nonces.redeem(nonce).send(None)
    except StopIteration:
        return True
    except NonceRejected:
        return False
    raise AssertionError("redeeming waited for something")


class Lives(RuleBasedStateMachine):
    """Servers that issue, redeem, restart and die in any order, against what ought to hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.path = Path(self.folder.name) / "nonces"
        self.seed = 0
        self.issued: list[str] = []
        self.used: set[str] = set()
        self.begin([])

    def begin(self, before: list[Rings]) -> None:
        """Start a process that ought to know the rings of some before it."""
        self.seed += 1
        self.process = a_process(self.seed)
        self.process.take_up(self.path)
        fresh: Rings = {True: [], False: []}
        self.known = [*before, fresh][-MAX_INCARNATIONS:]

    def outstanding(self, nonce: str) -> bool:
        return any(nonce in ring[-SIZE:] for rings in self.known for ring in rings.values())

    @rule(authenticated=st.booleans(), number=st.integers(1, SIZE + 4))
    def issue(self, *, authenticated: bool, number: int) -> None:
        for _ in range(number):
            nonce = self.process.issue(authenticated=authenticated)
            self.issued.append(nonce)
            self.known[-1][authenticated].append(nonce)

    @rule(which=st.integers(0, 200))
    def redeem(self, which: int) -> None:
        """Redeem the last, the one before it and so on: any that was ever issued."""
        if which < len(self.issued):
            nonce = self.issued[-1 - which]
            expected = self.outstanding(nonce) and nonce not in self.used
            assert redeemed(self.process, nonce) is expected
            self.used.add(nonce)

    @rule()
    def restart(self) -> None:
        self.process.hand_over(self.path)
        self.begin(self.known)

    @rule()
    def kill(self) -> None:
        self.begin([])

    @rule()
    def kill_the_successor_at_its_start(self) -> None:
        self.process.hand_over(self.path)
        a_process(self.seed).take_up(self.path)
        self.begin([])

    def teardown(self) -> None:
        self.folder.cleanup()


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=40, stateful_step_count=30)
