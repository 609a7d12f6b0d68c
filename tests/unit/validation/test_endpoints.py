from collections.abc import Callable

import pytest

from acme_server.validation.endpoints import (
    Endpoint,
    bracketed,
    parse_address,
    parse_endpoint,
    parse_name,
    parse_nameserver,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ingress.example.com:80", Endpoint("ingress.example.com", 80)),
        ("ingress.svc:65535", Endpoint("ingress.svc", 65535)),
        ("10.0.0.1:1", Endpoint("10.0.0.1", 1)),
        ("[fd00::1]:443", Endpoint("fd00::1", 443)),
    ],
)
def test_an_endpoint_is_read_as_it_is_written(text: str, expected: Endpoint) -> None:
    assert parse_endpoint(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.53", Endpoint("10.0.0.53", 53)),
        ("fd00::53", Endpoint("fd00::53", 53)),
        ("10.0.0.53:5353", Endpoint("10.0.0.53", 5353)),
        ("[fd00::53]:5353", Endpoint("fd00::53", 5353)),
    ],
)
def test_a_nameserver_has_an_address_and_a_port_if_not_53(text: str, expected: Endpoint) -> None:
    assert parse_nameserver(text) == expected


@pytest.mark.parametrize(
    ("parse", "text", "sentence"),
    [
        (parse_endpoint, "ingress", "no HOST:PORT"),
        (parse_endpoint, "ingress:", "no HOST:PORT"),
        (parse_endpoint, ":80", "no HOST:PORT"),
        (parse_endpoint, "ingress:0", "between 1 and 65535"),
        (parse_endpoint, "ingress:65536", "between 1 and 65535"),
        (parse_endpoint, "ingress:٨٠", "no HOST:PORT"),
        (parse_endpoint, "fd00::1:80", "in brackets"),
        (parse_endpoint, "Ingress:80", "no DNS name"),
        (parse_endpoint, "a..b:80", "no DNS name"),
        (parse_endpoint, "[fe80::1%eth0]:80", "no DNS name"),
        (parse_nameserver, "dns.example.com:53", "no address"),
        (parse_nameserver, "dns.example.com", "no HOST:PORT"),
        (parse_name, ".apps.example.com", "no DNS name"),
        (parse_name, "apps.example.com.", "no DNS name"),
        (parse_name, "", "no DNS name"),
        (parse_name, "a" * 64, "no DNS name"),
        (parse_name, ".".join(["a" * 49] * 6), "no DNS name"),
    ],
)
def test_what_is_neither_is_refused_with_a_sentence(
    parse: Callable[[str], object], text: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        parse(text)
    assert text.split(":", maxsplit=1)[0] in str(caught.value)


def test_an_address_with_a_zone_is_no_address() -> None:
    assert parse_address("fe80::1%eth0") is None


@pytest.mark.parametrize(
    ("host", "expected"),
    [("fd00::1", "[fd00::1]"), ("10.0.0.1", "10.0.0.1"), ("example.com", "example.com")],
)
def test_only_ipv6_addresses_stand_in_brackets(host: str, expected: str) -> None:
    assert bracketed(host) == expected
