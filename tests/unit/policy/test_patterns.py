"""Patterns against brute force: every name over a small alphabet, up to a length that decides."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.policy.patterns import (
    DNSPattern,
    InvalidPattern,
    covered,
    substitute_namespace,
)

# Two labels that patterns spell out and one that none does; patterns of up to four labels.
ALPHABET = ("a", "b", "c")
LONGEST = 6
NAMES = [".".join(labels) for n in range(1, LONGEST + 1) for labels in product(ALPHABET, repeat=n)]


def pattern(text: str) -> DNSPattern:
    return DNSPattern.parse(text)


def matches_by_definition(labels: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """`*` is one label, `**` one or more: said as plainly as can be."""
    if not labels or not name:
        return not labels and not name
    first, *others = labels
    rest = tuple(others)
    if first == "**":
        return any(matches_by_definition(rest, name[n:]) for n in range(1, len(name) + 1))
    return first in ("*", name[0]) and matches_by_definition(rest, name[1:])


def language(text: str) -> frozenset[str]:
    labels = tuple(text.split("."))
    return frozenset(
        name for name in NAMES if matches_by_definition(labels, tuple(name.split(".")))
    )


texts = (
    st.lists(st.sampled_from(["a", "b", "*", "**"]), min_size=1, max_size=4)
    .filter(lambda labels: labels.count("**") <= 2)
    .map(".".join)
)


@pytest.mark.parametrize(
    ("text", "name", "matching"),
    [
        ("a.example.com", "a.example.com", True),
        ("a.example.com", "b.example.com", False),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", False),
        ("*.example.com", "example.com", False),
        ("**.example.com", "a.example.com", True),
        ("**.example.com", "a.b.c.example.com", True),
        ("**.example.com", "example.com", False),
        ("**.example.com", "a.example.com.evil", False),
        ("**.example.com", "aexample.com", False),
        ("*.example.com", "a.exampleXcom", False),
        ("a.*.com", "a.b.com", True),
        ("a.**.com", "a.b.c.com", True),
        ("a.**.com", "a.com", False),
        ("**", "a", True),
        ("**", "a.b", True),
        ("*", "a.b", False),
        ("A.Example.com", "a.example.com", True),
    ],
)
def test_stars_stand_for_whole_labels(text: str, name: str, matching: bool) -> None:
    assert pattern(text).matches(name) is matching


@given(texts)
def test_a_pattern_matches_what_its_definition_says(text: str) -> None:
    assert {name for name in NAMES if pattern(text).matches(name)} == language(text)


@given(texts, st.lists(texts, max_size=3))
def test_a_pattern_is_covered_exactly_if_every_name_is(text: str, others: list[str]) -> None:
    union = frozenset[str]().union(*map(language, others))
    assert covered(pattern(text), tuple(map(pattern, others))) is (language(text) <= union)


@given(texts, texts)
def test_covering_is_containment(one: str, other: str) -> None:
    assert pattern(one).covers(pattern(other)) is (language(other) <= language(one))


@given(texts, texts)
def test_patterns_intersect_exactly_if_they_share_a_name(one: str, other: str) -> None:
    # Two patterns of four labels that share a name share one of six: each run can give way.
    assert pattern(one).intersects(pattern(other)) is bool(language(one) & language(other))


@given(texts, texts)
def test_equal_patterns_match_the_same_names(one: str, other: str) -> None:
    if pattern(one) == pattern(other):
        assert language(one) == language(other)


@pytest.mark.parametrize(
    ("text", "others", "expected"),
    [
        pytest.param("*.a", ["a.a", "b.a"], False, id="two labels are not all labels"),
        pytest.param("**.a", ["*.a", "**.*.a"], True, id="one, or two and more"),
        pytest.param("**.a", ["*.a", "*.*.a"], False, id="one or two"),
        pytest.param("**.a", ["*.a", "*.*.a", "**.*.*.a"], True, id="one, two, three and more"),
        pytest.param("**.**", ["**"], True, id="two or more are one or more"),
        pytest.param("**", ["**.**"], False, id="one or more are not two or more"),
        pytest.param("**.x.**", ["**.*.**"], True, id="x is a label"),
        pytest.param("a.b", [], False, id="nothing covers nothing"),
    ],
)
def test_a_union_covers_what_its_members_cover_together(
    text: str, others: list[str], expected: bool
) -> None:
    assert covered(pattern(text), tuple(map(pattern, others))) is expected


def test_runs_of_stars_have_one_form() -> None:
    assert pattern("**.**") == pattern("*.**") == pattern("**.*")
    assert pattern("**.*.a") != pattern("**.a")
    assert str(pattern("**.*.A")) == "**.*.A"


def test_a_wildcard_name_is_the_pattern_of_what_it_stands_for() -> None:
    names = DNSPattern(("*", "a", "example"))
    assert pattern("**.example").covers(names)
    assert not pattern("b.a.example").covers(names)
    assert str(names) == "*.a.example"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "1 to 253", id="empty"),
        pytest.param("a*.example", "whole labels", id="star within a label"),
        pytest.param("***.example", "whole labels", id="three stars"),
        pytest.param("**.a.**.b.**", "3 times", id="three runs"),
        pytest.param("a_b.example", "a_b", id="underscore"),
        pytest.param("a..example", "''", id="empty label"),
        pytest.param("*.example.", "ends with a dot", id="trailing dot"),
        pytest.param("*.5", "number", id="only an address ends so"),
        pytest.param(".".join(["*"] * 128), "255 characters", id="longer than any name"),
        pytest.param("bücher.example", "not ASCII", id="U-label"),
        pytest.param("${namespace}.example", "namespace", id="placeholder left over"),
    ],
)
def test_what_can_match_no_name_is_no_pattern(text: str, said: str) -> None:
    with pytest.raises(InvalidPattern, match=said):
        pattern(text)


def test_the_longest_pattern_is_decided() -> None:
    longest = pattern(".".join(["**", *["a"] * 100, "**"]))
    assert longest.covers(longest)
    assert longest.intersects(pattern("**"))


def test_a_namespace_takes_the_placeholders_place() -> None:
    assert substitute_namespace("**.${namespace}.x", "team-a") == "**.team-a.x"
    assert substitute_namespace("app-${namespace}.x", "team-a") == "app-team-a.x"


@pytest.mark.parametrize(
    "namespace", ["", "*", "**", "a.b", "A", "-a", "a-", "a" * 64, "a\n", "${namespace}", "ü"]
)
def test_nothing_but_a_label_can_be_substituted(namespace: str) -> None:
    with pytest.raises(InvalidPattern, match="a namespace is a DNS label"):
        substitute_namespace("**.${namespace}.x", namespace)
