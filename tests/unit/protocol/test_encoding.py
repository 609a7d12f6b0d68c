import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acme_server.domain.problems import ACMEError
from acme_server.protocol.encoding import (
    MAXIMUM_DEPTH,
    decode_base64url,
    encode_base64url,
    parse_object,
)
from tests.unit.protocol.signing import outcome


@given(st.binary(max_size=200))
def test_what_is_encoded_decodes_to_itself(data: bytes) -> None:
    assert decode_base64url(encode_base64url(data), "it") == data


@pytest.mark.parametrize(
    "value",
    ["YQ==", "YQ=", "+w", "/w", " YQ", "YQ\n", "Y", "YQ.", "Zöe", "YR", 7, None, ["YQ"]],
    ids=repr,
)
def test_base64url_has_one_spelling(value: object) -> None:
    """RFC 7515 §2: no padding, no other alphabet, no white space, no bits left over."""
    with pytest.raises(ACMEError) as raised:
        decode_base64url(value, "`payload`")
    assert outcome(raised.value) == ("malformed", 400)
    assert "`payload`" in raised.value.problem.detail


@given(st.text(alphabet="ABCYQghw019-_+/=\n ", max_size=8))
def test_two_spellings_never_decode_alike(text: str) -> None:
    try:
        decoded = decode_base64url(text, "it")
    except ACMEError:
        return
    assert encode_base64url(decoded) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not well-formed"),
        ("{", "not well-formed"),
        ('{"a": 1,}', "not well-formed"),
        ("[]", "must be a JSON object"),
        ('"text"', "must be a JSON object"),
        ("null", "must be a JSON object"),
        ("{} {}", "not well-formed"),
        ('{"a": 1, "a": 2}', "two members of one name"),
        ('{"a": {"b": 1, "b": 1}}', "two members of one name"),
        ('{"a": NaN}', "NaN"),
        ('{"a": Infinity}', "Infinity"),
        ('{"a": ' + "9" * 21 + "}", "digits"),
        ('{"a": 0.' + "9" * 21 + "}", "digits"),
        ('{"a": "\\ud800"}', "UTF-8"),
        ("\ufeff{}", "not well-formed"),
    ],
    ids=lambda value: value[:24],
)
def test_only_strict_json_objects_are_read(text: str, said: str) -> None:
    """RFC 8555 §6.1, RFC 8259; duplicate names are RFC 7515 §4's to refuse."""
    with pytest.raises(ACMEError) as raised:
        parse_object(text.encode(), "the payload")
    assert outcome(raised.value) == ("malformed", 400)
    assert said in raised.value.problem.detail


def test_text_is_utf_8_and_nothing_else() -> None:
    for data in (b'{"a": "\xff"}', '{"a": 1}'.encode("utf-16")):
        with pytest.raises(ACMEError):
            parse_object(data, "it")
    assert parse_object('{"a": "ü\\ud83d\\ude00"}'.encode(), "it") == {"a": "ü😀"}


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


def test_nesting_is_bounded() -> None:
    assert parse_object(nested(MAXIMUM_DEPTH), "it")
    for bomb in (nested(MAXIMUM_DEPTH + 1), nested(10_000), b'{"a":' + b"[" * 60_000):
        with pytest.raises(ACMEError) as raised:
            parse_object(bomb, "it")
        assert "nests deeper" in raised.value.problem.detail


def test_numbers_of_ordinary_length_are_read() -> None:
    assert parse_object(b'{"a": -1.5e3, "b": 18446744073709551615}', "it") == {
        "a": -1500.0,
        "b": 2**64 - 1,
    }


def test_many_brackets_that_do_not_nest_are_fine() -> None:
    wide = {"identifiers": [{"type": "dns"}] * 100, "text": "[[[[{{{{" * 10}
    assert parse_object(json.dumps(wide).encode(), "it") == wide


@pytest.mark.parametrize(
    "hostile",
    [b'{"' + b'\\"' * 32_000, b'"' * 65_000 + b"[" * 20, b"\\" * 65_000 + b"[" * 20],
    ids=["escaped quotes", "quotes", "backslashes"],
)
def test_unfinished_strings_are_looked_at_once(hostile: bytes) -> None:
    with pytest.raises(ACMEError):
        parse_object(hostile + b"[" * 20, "it")


@given(st.binary(max_size=300))
def test_whatever_the_bytes_only_an_acme_error_comes_out(data: bytes) -> None:
    with suppress(ACMEError):
        parse_object(data, "it")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON_VALUES, max_size=4))
def test_every_ordinary_object_is_read_as_it_is(value: dict[str, object]) -> None:
    """The strings are those that UTF-8 can write: hypothesis makes no lone surrogates here."""
    assert parse_object(json.dumps(value).encode(), "it") == value
