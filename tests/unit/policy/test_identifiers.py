from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.policy.identifiers import (
    Identifier,
    IdentifierType,
    InvalidIdentifier,
    parse_dns_name,
    parse_ip_address,
)

LABEL_63 = "a" * 63
NAME_253 = ".".join([LABEL_63, LABEL_63, LABEL_63, "a" * 61])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("www.example.com", "www.example.com", id="plain"),
        pytest.param("WWW.Example.COM", "www.example.com", id="upper case is folded"),
        pytest.param("*.example.com", "*.example.com", id="wildcard"),
        pytest.param("localhost", "localhost", id="a single label"),
        pytest.param("xn--bcher-kva.example", "xn--bcher-kva.example", id="A-label"),
        pytest.param("3com.example", "3com.example", id="leading digit"),
        pytest.param("1.2.3.4.example", "1.2.3.4.example", id="numbers before a name"),
        pytest.param(NAME_253, NAME_253, id="253 characters"),
    ],
)
def test_a_dns_name_is_taken_and_folded(text: str, value: str) -> None:
    assert parse_dns_name(text) == Identifier(IdentifierType.DNS, value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "has 0 characters", id="empty"),
        pytest.param(NAME_253 + "a", "1 to 253", id="254 characters"),
        pytest.param("a" * 64 + ".com", "1 to 63", id="long label"),
        pytest.param("a..b", "label ''", id="empty label"),
        pytest.param(".a", "label ''", id="leading dot"),
        pytest.param("a.example.", "ends with a dot", id="trailing dot"),
        pytest.param("a_b.example", "'a_b'", id="underscore"),
        pytest.param("-a.example", "'-a'", id="leading hyphen"),
        pytest.param("a-.example", "'a-'", id="trailing hyphen"),
        pytest.param("a b.example", "'a b'", id="space"),
        pytest.param("a.example\n", "'example\\\\n'", id="line feed"),
        pytest.param("bücher.example", "not ASCII", id="U-label"),
        pytest.param("\u212a.example", "not ASCII", id="Kelvin sign, which folds into k"),
        pytest.param("xn--a.example", "A-label", id="bad Punycode"),
        pytest.param("xn--.example", "'xn--'", id="empty Punycode"),
        pytest.param("ab--c.example", "A-label", id="reserved hyphens"),
        pytest.param("192.0.2.1", "IP address", id="IPv4"),
        pytest.param("2001:db8::1", "IP address", id="IPv6"),
        pytest.param("[2001:db8::1]", "IP address", id="IPv6 in brackets"),
        pytest.param("1.2.3", "number", id="almost IPv4"),
        pytest.param("a.example:443", "'example:443'", id="port"),
        pytest.param("me@a.example", "'me@a'", id="userinfo"),
        pytest.param("https://a.example", "'https://a'", id="scheme"),
        pytest.param("*", "leftmost", id="star alone"),
        pytest.param("*.com", "single label", id="star over a single label"),
        pytest.param("*.*.example.com", "leftmost", id="two stars"),
        pytest.param("a.*.example.com", "leftmost", id="star not leftmost"),
        pytest.param("*a.example.com", "leftmost", id="star within a label"),
        pytest.param("**.example.com", "leftmost", id="pattern"),
        pytest.param("*.192.0.2.1", "number", id="star over an address"),
    ],
)
def test_what_is_no_dns_name_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(InvalidIdentifier, match=said.replace("*", r"\*")):
        parse_dns_name(text)


@pytest.mark.parametrize("text", ["192.0.2.1", "2001:db8::1", "::1", "1:0:0:2::3"])
def test_an_address_in_canonical_form_is_taken(text: str) -> None:
    assert parse_ip_address(text) == Identifier(IdentifierType.IP, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("www.example.com", "no IP address", id="name"),
        pytest.param("", "no IP address", id="empty"),
        pytest.param("192.0.2.1/32", "no IP address", id="prefix length"),
        pytest.param("192.0.2.01", "no IP address", id="leading zero"),
        pytest.param("192.0.2", "no IP address", id="three octets"),
        pytest.param(" 192.0.2.1", "no IP address", id="space"),
        pytest.param("2001:DB8::1", "2001:db8::1", id="upper case"),
        pytest.param("2001:db8:0:0:0:0:0:1", "2001:db8::1", id="not shortened"),
        pytest.param("2001:db8::01", "2001:db8::1", id="leading zero in a group"),
        pytest.param("fe80::1%eth0", "zone", id="zone"),
        pytest.param("::ffff:192.0.2.1", "write 192.0.2.1", id="IPv4 in IPv6"),
        pytest.param("[2001:db8::1]", "no IP address", id="brackets"),
    ],
)
def test_another_form_of_an_address_is_refused_with_the_right_one(text: str, said: str) -> None:
    with pytest.raises(InvalidIdentifier, match=said):
        parse_ip_address(text)


@given(st.ip_addresses())
def test_every_address_has_one_form(address: object) -> None:
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return
    assert parse_ip_address(str(address)).value == str(address)


@given(st.text(max_size=80))
def test_no_text_makes_the_parsers_fail_otherwise(text: str) -> None:
    for parse in (parse_dns_name, parse_ip_address):
        try:
            found = parse(text)
        except InvalidIdentifier as error:
            assert str(error)  # noqa: PT017 - most texts are refused, and all with a sentence
        else:
            assert parse(found.value) == found


def test_a_wildcard_has_a_base() -> None:
    wildcard = parse_dns_name("*.a.example")
    assert wildcard.wildcard
    assert wildcard.base == parse_dns_name("a.example") == wildcard.base.base
    assert str(wildcard) == "*.a.example"
