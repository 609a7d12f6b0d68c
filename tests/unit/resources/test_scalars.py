"""Unquoted YAML scalars mean what they mean to Kubernetes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.resources.scalars import Scalar, resolve_plain


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("yes", True),
        ("Yes", True),
        ("YES", True),
        ("yEs", "yEs"),
        ("y", True),
        ("on", True),
        ("true", True),
        ("n", False),
        ("no", False),
        ("Off", False),
        ("FALSE", False),
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("none", "none"),
        ("0", 0),
        ("42", 42),
        ("-7", -7),
        ("+7", 7),
        ("1_000", 1000),
        ("012", 10),
        ("0o14", 12),
        ("0x1F", 31),
        ("-0b101", -5),
        ("08", 8),
        ("1.0", 1),
        ("1e3", 1000),
        ("1.5", 1.5),
        ("1_0.5", 10.5),
        (".5", 0.5),
        (".5_0", ".5_0"),
        ("1e21", 1e21),
        ("1e999", "1e999"),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("12:30", "12:30"),
        ("2026-11-20", "2026-11-20"),
        ("2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("-", "-"),
        (".", "."),
        ("9" * 65, "9" * 65),
        ("٣", "٣"),
    ],
)
def test_an_unquoted_scalar_means_what_it_means_to_kubernetes(text: str, meaning: Scalar) -> None:
    found = resolve_plain(text)
    assert (found, type(found)) == (meaning, type(meaning))


def test_not_a_number_is_read_as_such() -> None:
    found = resolve_plain(".nan")
    assert isinstance(found, float)
    assert math.isnan(found)


@given(st.integers(min_value=-(2**63), max_value=2**64))
def test_every_decimal_integer_is_read_as_itself(number: int) -> None:
    assert resolve_plain(str(number)) == number


@given(st.text())
def test_any_text_means_something(text: str) -> None:
    assert isinstance(resolve_plain(text), str | bool | int | float | None)
