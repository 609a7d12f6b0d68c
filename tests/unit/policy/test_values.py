import re
from ipaddress import IPv4Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.policy.values import ValuePattern, network_covered

networks = st.tuples(st.integers(0, 15), st.integers(28, 32)).map(
    lambda pair: IPv4Network((pair[0], pair[1]), strict=False)
)


@pytest.mark.parametrize(
    ("text", "value", "matching"),
    [
        ("Acme", "Acme", True),
        ("Acme", "acme", False),
        ("Acme", "Acme Inc", False),
        ("Acme*", "Acme Inc", True),
        ("Acme*", "Acme", True),
        ("*", "", True),
        ("*", "anything at all", True),
        ("a*b*c", "a1b2c", True),
        ("a*b*c", "ac", False),
        ("a*a", "a", False),
        ("a.c", "abc", False),
        ("*line*", "two\nlines", True),
    ],
)
def test_a_star_is_any_run_of_characters(text: str, value: str, matching: bool) -> None:
    assert ValuePattern(text).matches(value) is matching
    assert str(ValuePattern(text)) == text


@given(st.text("ab*", max_size=8), st.text("ab", max_size=10))
def test_a_value_pattern_matches_as_its_regular_expression_does(text: str, value: str) -> None:
    expression = ".*".join(map(re.escape, text.split("*")))
    assert ValuePattern(text).matches(value) is (re.fullmatch(expression, value) is not None)


@given(networks, st.lists(networks, max_size=4))
def test_a_network_is_covered_exactly_if_every_address_is(
    network: IPv4Network, others: list[IPv4Network]
) -> None:
    every = all(any(address in other for other in others) for address in network)
    assert network_covered(network, others) is every


def test_networks_of_one_version_cover_none_of_the_other() -> None:
    assert not network_covered(ip_network("::/128"), [ip_network("0.0.0.0/0")])
    assert not network_covered(ip_network("0.0.0.0/32"), [ip_network("::/0")])
    assert network_covered(
        ip_network("2001:db8::/32"), [ip_network("2001:db8::/33"), ip_network("2001:db8:8000::/33")]
    )
