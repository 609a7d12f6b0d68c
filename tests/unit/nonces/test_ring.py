import pytest
from hypothesis import given
from hypothesis import strategies as st

from acme_server.nonces.ring import Ring


def ring_after(size: int, issued: int) -> Ring:
    ring = Ring(size)
    for _ in range(issued):
        ring.issue()
    return ring


@pytest.mark.parametrize("size", [-8, 0, 7, 12])
def test_a_ring_fills_whole_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="multiple of 8"):
        Ring(size)


def test_a_counter_can_be_used_once() -> None:
    ring = Ring(8)
    counter = ring.issue()
    assert ring.use(counter)
    assert not ring.use(counter)


@pytest.mark.parametrize("counter", [-1, 3, 2**63, 2**64])
def test_a_counter_that_was_not_issued_cannot_be_used(counter: int) -> None:
    assert not ring_after(8, 3).use(counter)


def test_the_last_counters_are_outstanding_and_older_ones_are_not() -> None:
    ring = ring_after(8, 100)
    assert [counter for counter in range(110) if ring.use(counter)] == list(range(92, 100))


def test_a_counter_is_not_used_by_the_one_whose_bit_it_takes_over() -> None:
    ring = ring_after(8, 8)
    assert all(ring.use(counter) for counter in range(8))
    assert ring.use(ring.issue())
    assert not ring.use(0)


@given(st.lists(st.one_of(st.none(), st.integers(0, 60)), max_size=120), st.integers(1, 3))
def test_a_ring_accepts_exactly_the_outstanding_once(steps: list[int | None], eighths: int) -> None:
    size = eighths * 8
    ring = Ring(size)
    issued: list[int] = []
    used: set[int] = set()
    for counter in steps:
        if counter is None:
            issued.append(ring.issue())
        else:
            assert ring.use(counter) is (counter in issued[-size:] and counter not in used)
            used.add(counter) if counter in issued else None
    assert issued == list(range(len(issued)))


@given(st.integers(0, 40), st.sets(st.integers(0, 40)))
def test_a_restored_ring_goes_on_as_the_other_would_have(issued: int, used: set[int]) -> None:
    original = ring_after(16, issued)
    for counter in used:
        original.use(counter)
    restored = Ring.restore(original.size, original.next, original.used())
    assert restored.issue() == original.issue() == issued
    assert [restored.use(n) for n in range(45)] == [original.use(n) for n in range(45)]


@pytest.mark.parametrize(
    ("size", "following", "used"),
    [
        pytest.param(12, 0, b"", id="no whole bytes"),
        pytest.param(8, -1, b"", id="a negative counter"),
        pytest.param(16, 9, b"\0", id="too little"),
        pytest.param(16, 99, b"\0\0\0", id="too much"),
    ],
)
def test_a_ring_that_never_was_is_not_restored(size: int, following: int, used: bytes) -> None:
    with pytest.raises(ValueError, match="a ring"):
        Ring.restore(size, following, used)


@given(st.integers(0, 60), st.sets(st.integers(0, 60)), st.integers(0, 2))
def test_reserved_counters_are_as_good_as_issued_one_by_one(
    issued: int, used: set[int], eighths: int
) -> None:
    one_by_one, at_once = ring_after(16, issued), ring_after(16, issued)
    for counter in used:
        assert one_by_one.use(counter) == at_once.use(counter)
    for _ in range(eighths * 8):
        one_by_one.issue()
    assert at_once.reserve(eighths * 8) == issued
    assert at_once.next == one_by_one.next
    assert [at_once.use(n) for n in range(90)] == [one_by_one.use(n) for n in range(90)]


@pytest.mark.parametrize("count", [-8, 4, 24])
def test_a_ring_reserves_whole_bytes_of_its_own(count: int) -> None:
    with pytest.raises(ValueError, match="can't reserve"):
        Ring(16).reserve(count)
