import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acme_server.nonces.incarnation import Incarnation
from acme_server.nonces.seal import parse
from acme_server.ports import NonceRejected

SHARED = b"s" * 32
OTHER = b"o" * 32


def begun(shared: bytes = SHARED, identity: bytes = b"identity") -> Incarnation:
    return Incarnation.begin(shared, identity, size=64)


def accepts(incarnation: Incarnation, nonce: str) -> bool:
    try:
        incarnation.redeem(parse(nonce))
    except NonceRejected:
        return False
    return True


def test_a_nonce_is_43_characters_of_base64url_and_never_the_same() -> None:
    incarnation = begun()
    nonces = [incarnation.issue(authenticated=each) for each in (True, False, True, False)]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", nonce) for nonce in nonces)
    assert len(set(nonces)) == 4


@pytest.mark.parametrize("authenticated", [True, False])
def test_a_nonce_is_accepted_once(*, authenticated: bool) -> None:
    incarnation = begun()
    nonce = incarnation.issue(authenticated=authenticated)
    assert accepts(incarnation, nonce)
    assert not accepts(incarnation, nonce)


def test_a_flood_of_new_nonces_expires_no_authenticated_one() -> None:
    incarnation = begun()
    old = incarnation.issue(authenticated=False)
    precious = incarnation.issue(authenticated=True)
    for _ in range(1000):
        incarnation.issue(authenticated=False)
    assert not accepts(incarnation, old)
    assert accepts(incarnation, precious)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(begun(OTHER), id="another shared key"),
        pytest.param(begun(identity=b"somebody"), id="another identity"),
    ],
)
def test_a_nonce_of_another_incarnation_is_rejected(other: Incarnation) -> None:
    nonce = other.issue(authenticated=False)
    incarnation = begun()
    incarnation.issue(authenticated=False)
    assert not accepts(incarnation, nonce)


@given(bit=st.integers(0, 255), authenticated=st.booleans())
def test_a_nonce_with_any_bit_flipped_is_rejected(bit: int, *, authenticated: bool) -> None:
    incarnation = begun()
    # Both rings have issued the counters next to it, so that only the seal can tell.
    for _ in range(5):
        incarnation.issue(authenticated=True)
        incarnation.issue(authenticated=False)
    content = bytearray(urlsafe_b64decode(incarnation.issue(authenticated=authenticated) + "="))
    content[bit // 8] ^= 1 << bit % 8
    assert not accepts(incarnation, urlsafe_b64encode(content).rstrip(b"=").decode())


@given(st.integers(0, 42), st.sampled_from("AEIMQUYcgkosw048Zz9-_.+/= \n\0é\udcff"))
def test_a_nonce_with_any_character_changed_is_rejected(place: int, character: str) -> None:
    incarnation = begun()
    nonce = incarnation.issue(authenticated=False)
    changed = nonce[:place] + character + nonce[place + 1 :]
    assert accepts(incarnation, changed) is (changed == nonce)


@given(st.text(max_size=50) | st.text("ABCabc012-_=+/", min_size=42, max_size=44))
def test_text_that_is_no_nonce_is_rejected(text: str) -> None:
    assert not accepts(begun(), text)


def test_no_key_is_shown() -> None:
    incarnation = begun()
    assert repr(incarnation.seal.key) not in repr(incarnation)
    assert "key" not in repr(incarnation)
