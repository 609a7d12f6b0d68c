"""Names, patterns and networks are checked where they enter, and say what is allowed."""

import re
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from certwright.resources import names
from certwright.resources.names import (
    Network,
    PatternError,
    dns_name,
    dns_name_pattern,
    grant_dns_name_pattern,
    network,
)


@pytest.mark.parametrize(
    "pattern",
    [
        "acme.com",
        "*.acme.com",
        "**.acme.com",
        "**",
        "a.*.acme.com",
        "**.a.**.com",
        "xn--bcher-kva.example",
        "a" * 63 + ".com",
    ],
)
def test_a_pattern_of_whole_labels_is_taken(pattern: str) -> None:
    assert dns_name_pattern(pattern) == pattern


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "1 to 253"),
        ("a." * 127, "1 to 253"),
        (".acme.com", "empty"),
        ("acme.com.", "empty"),
        ("a..b", "empty"),
        ("a*.com", "whole label"),
        ("***.com", "whole label"),
        ("**.**.**", "at most twice"),
        ("a_b.com", "letters, digits"),
        ("-a.com", "letters, digits"),
        ("bücher.example", "xn--"),
        ("a" * 64 + ".com", "at most 63"),
        ("${namespace}.com", "grants only"),
        ("a b", "letters, digits"),
        ("acme.com\n", "letters, digits"),
    ],
)
def test_another_pattern_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        dns_name_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["${namespace}.acme.com", "x-${namespace}-y.*.acme.com", "**.${namespace}.acme.com"]
)
def test_a_grant_may_name_the_namespace_in_a_label(pattern: str) -> None:
    assert grant_dns_name_pattern(pattern) == pattern


@pytest.mark.parametrize("pattern", ["${Namespace}.com", "${name}.com", "-${namespace}.com"])
def test_a_grant_knows_no_other_placeholder(pattern: str) -> None:
    with pytest.raises(PatternError):
        grant_dns_name_pattern(pattern)


def test_names_and_patterns_are_kept_in_lower_case() -> None:
    assert dns_name("Web.Acme.COM") == "web.acme.com"
    assert dns_name_pattern("*.Acme.COM") == "*.acme.com"


_PARTS = st.sampled_from(["a", "B9", "-", ".", "*", "**", "${namespace}", "_", "a" * 62, "\n"])


@given(st.lists(_PARTS, max_size=12).map("".join))
def test_the_schema_s_pattern_and_the_check_say_the_same(text: str) -> None:
    for check, pattern in (
        (dns_name, names.DNS_NAME),
        (dns_name_pattern, names.DNS_NAME_PATTERN),
        (grant_dns_name_pattern, names.GRANT_DNS_NAME_PATTERN),
    ):
        try:
            check(text)
            taken = True
        except PatternError:
            taken = False
        matched = re.fullmatch(pattern.removeprefix("^").removesuffix("$"), text) is not None
        assert taken == (matched and len(text) <= 253)


@pytest.mark.parametrize("text", ["192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0", "192.0.2.1/32"])
def test_a_network_is_read_from_cidr(text: str) -> None:
    assert network(text) == ip_network(text)
    assert TypeAdapter(Network).validate_json(f'"{text}"') == ip_network(text)
    assert network(network(text)) == ip_network(text)


@pytest.mark.parametrize("text", ["me@acme.com", "me+a!#?~@acme.com", "acme.com", ".acme.com"])
def test_a_constraint_names_a_mailbox_a_host_or_a_domain(text: str) -> None:
    assert TypeAdapter(names.ConstraintMailbox).validate_python(text) == text


@pytest.mark.parametrize("local", ["a b", "é", "a\u00a0b", "a\x0bb", "a\x7f", "a@b", "", "a" * 65])
def test_the_local_part_of_a_mailbox_is_printable_ascii(local: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(names.ConstraintMailbox).validate_python(f"{local}@acme.com")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("192.0.2.1", "as CIDR"),
        ("192.0.2.1/24", "write 192.0.2.0/24"),
        ("2001:db8::1/32", "write 2001:db8::/32"),
        ("192.0.2.0/255.255.255.0", "number of bits"),
        ("192.0.2.0/33", "as CIDR"),
        ("192.0.2.0/024", "number of bits"),
        ("fe80::%eth0/64", "as CIDR"),
        ("::ffff:192.0.2.0/120", "not mapped"),
        (24, "as CIDR"),
    ],
)
def test_what_is_no_network_is_refused_with_the_reason(value: object, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        network(value)
