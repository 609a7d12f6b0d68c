import zlib

import pytest

from acme_server.nonces import packing, parcel
from acme_server.nonces.parcel import ParcelDamaged
from acme_server.nonces.ring import RING_SIZE
from acme_server.nonces.rings import Rings

IDENTITY = b"identity"


def content() -> bytes:
    rings = Rings.begin(64)
    for each in (True, False, True):
        rings.use(rings.issue(authenticated=each))
    return packing.packed(rings)


def test_a_parcel_holds_what_was_put_in() -> None:
    identity, rings = parcel.unwrapped(parcel.wrapped(IDENTITY, content()))
    assert identity == IDENTITY
    assert packing.packed(rings) == content()


def test_the_largest_rings_fit() -> None:
    rings = Rings.begin(RING_SIZE)
    rings.reserve(RING_SIZE)
    wrapped = parcel.wrapped(IDENTITY, packing.packed(rings))
    assert len(wrapped) <= parcel.LARGEST
    assert parcel.unwrapped(wrapped)[1].anonymous.next == RING_SIZE


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(b"", id="empty"),
        pytest.param(IDENTITY + b"something else", id="not compressed"),
        pytest.param(parcel.wrapped(IDENTITY, content())[:-1], id="torn"),
        pytest.param(parcel.wrapped(IDENTITY, content()) + b"\0", id="more behind it"),
        pytest.param(parcel.wrapped(IDENTITY, content() + b"\0"), id="more in it"),
        pytest.param(IDENTITY + zlib.compress(bytes(100_000_000), 9), id="a bomb"),
        pytest.param(parcel.wrapped(IDENTITY, b"\xff" * 48), id="rings larger than any"),
    ],
)
def test_what_is_no_parcel_is_refused(damaged: bytes) -> None:
    with pytest.raises(ParcelDamaged):
        parcel.unwrapped(damaged)
