from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acme_server.validation.networks import (
    ALWAYS_REFUSED,
    IPAddress,
    IPNetwork,
    NetworkRules,
    SpecialNetwork,
    embedded,
)

RULES = NetworkRules()


def rules(*, allowed: tuple[str, ...] = (), denied: tuple[str, ...] = ()) -> NetworkRules:
    return NetworkRules(tuple(map(ip_network, allowed)), tuple(map(ip_network, denied)))


REFUSED = [
    ("127.0.0.1", "a loopback address"),
    ("127.255.255.254", "a loopback address"),
    ("::1", "a loopback address"),
    ("0.0.0.0", "an unspecified address"),
    ("0.1.2.3", "an unspecified address"),
    ("::", "an unspecified address"),
    ("169.254.1.1", "a link-local address"),
    ("fe80::1", "a link-local address"),
    ("febf:ffff::1", "a link-local address"),
    ("224.0.0.1", "a multicast address"),
    ("239.255.255.255", "a multicast address"),
    ("ff02::1", "a multicast address"),
    ("255.255.255.255", "the broadcast address"),
    ("240.0.0.1", "a reserved address"),
    ("169.254.169.254", "a cloud's metadata service"),
    ("169.254.170.2", "a cloud's metadata service"),
    ("100.100.100.200", "a cloud's metadata service"),
    ("192.0.0.192", "a cloud's metadata service"),
    ("168.63.129.16", "a cloud's metadata service"),
    ("fd00:ec2::254", "a cloud's metadata service"),
    ("fd20:ce::254", "a cloud's metadata service"),
    ("192.0.0.9", "an address for protocol assignments"),
    ("64:ff9b:1::a00:1", "a local-use NAT64 address"),
    ("100::1", "a reserved address"),
    ("::ffff:0:127.0.0.1", "a reserved address"),
    ("4000::1", "a reserved address"),
    ("fe00::1", "a reserved address"),
]

EMBEDDED = [
    ("::ffff:127.0.0.1", "127.0.0.1"),
    ("::127.0.0.1", "127.0.0.1"),
    ("64:ff9b::127.0.0.1", "127.0.0.1"),
    ("2002:7f00:1::", "127.0.0.1"),
    ("::ffff:169.254.169.254", "169.254.169.254"),
    ("64:ff9b::a9fe:a9fe", "169.254.169.254"),
    ("2002:a9fe:a9fe::1", "169.254.169.254"),
    # Teredo: the server in clear, the client with its bits turned (RFC 4380 §4).
    ("2001:0:7f00:1::f5ff:fffe", "127.0.0.1"),
    ("2001:0:a00:1::80ff:fffe", "127.0.0.1"),
]

PERMITTED = [
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "8.8.8.8",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "223.255.255.255",
    "100.100.100.201",
    "fd00::1",
    "fc00::1",
    "2606:4700::1111",
    "::ffff:10.0.0.1",
    "64:ff9b::8.8.8.8",
    "2002:a00:1::",
]


@pytest.mark.parametrize(("address", "kind"), REFUSED)
def test_an_address_no_account_should_reach_is_refused_with_the_setting(
    address: str, kind: str
) -> None:
    assert RULES.refusal(ip_address(address)) == (
        f"{ip_address(address)} is {kind}, which is refused unless validation.allowedNetworks "
        "lists it"
    )


@pytest.mark.parametrize(("address", "inner"), EMBEDDED)
def test_an_address_within_an_address_is_judged(address: str, inner: str) -> None:
    refusal = RULES.refusal(ip_address(address))
    assert refusal is not None
    assert f"({inner})" in refusal


@pytest.mark.parametrize("address", PERMITTED)
def test_private_and_public_addresses_are_permitted(address: str) -> None:
    assert RULES.refusal(ip_address(address)) is None


@pytest.mark.parametrize("address", [address for address, _ in REFUSED])
def test_what_is_listed_as_allowed_is_permitted(address: str) -> None:
    assert rules(allowed=(address,)).refusal(ip_address(address)) is None


@pytest.mark.parametrize(("address", "inner"), EMBEDDED)
def test_allowing_the_inner_or_the_outer_address_permits_it(address: str, inner: str) -> None:
    assert rules(allowed=(inner,)).refusal(ip_address(address)) is None
    assert rules(allowed=(address,)).refusal(ip_address(address)) is None


def test_both_addresses_of_a_teredo_address_must_be_permitted() -> None:
    both_loopback = ip_address("2001:0:7f00:1::80ff:fffd")  # 127.0.0.1 and 127.0.0.2
    assert rules(allowed=("127.0.0.1",)).refusal(both_loopback) is not None
    assert rules(allowed=("127.0.0.0/30",)).refusal(both_loopback) is None


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3"])
def test_what_is_denied_is_refused_with_the_setting(address: str) -> None:
    refusal = rules(denied=("10.0.0.0/8",)).refusal(ip_address(address))
    assert refusal is not None
    assert refusal.endswith("is in 10.0.0.0/8, which validation.deniedNetworks refuses")


def test_denied_wins_over_allowed() -> None:
    both = rules(allowed=("127.0.0.1",), denied=("127.0.0.0/8",))
    refusal = both.refusal(ip_address("127.0.0.1"))
    assert refusal is not None
    assert "validation.deniedNetworks" in refusal


def test_more_addresses_can_be_made_special() -> None:
    api_server = SpecialNetwork(ip_network("10.96.0.1/32"), "the API server")
    more = NetworkRules(special=(*ALWAYS_REFUSED, api_server))
    assert more.refusal(ip_address("10.96.0.1")) == (
        "10.96.0.1 is the API server, which is refused unless validation.allowedNetworks lists it"
    )


ip_addresses = st.ip_addresses()
networks = ip_addresses.flatmap(
    lambda address: st.integers(0, address.max_prefixlen).map(
        lambda prefix: ip_network(f"{address}/{prefix}", strict=False)
    )
)


@given(ip_addresses)
def test_nothing_that_python_calls_loopback_link_local_or_multicast_is_permitted(
    address: IPAddress,
) -> None:
    if RULES.refusal(address) is None:
        for form in (address, *embedded(address)):
            wrapper = bool(embedded(form))
            assert wrapper or not (form.is_loopback or form.is_link_local or form.is_multicast)
            assert wrapper or not (form.is_unspecified or form.is_reserved)


@given(st.ip_addresses(v=4))
def test_every_way_to_write_an_ipv4_address_has_the_same_verdict(address: IPv4Address) -> None:
    number = int(address)
    forms = [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0x0064_FF9B << 96 | number),
        IPv6Address(0x2002 << 112 | number << 80),
    ]
    expected = RULES.refusal(address) is None
    assert [RULES.refusal(form) is None for form in forms] == [expected] * 3


@given(ip_addresses, st.lists(networks, max_size=4), st.lists(networks, max_size=4))
def test_a_denied_address_is_refused_whatever_else_is_set(
    address: IPAddress, allowed: list[IPNetwork], denied: list[IPNetwork]
) -> None:
    both = NetworkRules(tuple(allowed), tuple(denied))
    if any(address in network for network in denied if network.version == address.version):
        assert both.refusal(address) is not None


@given(ip_addresses, st.lists(networks, max_size=4), networks)
def test_allowing_more_never_refuses_more(
    address: IPAddress, allowed: list[IPNetwork], more: IPNetwork
) -> None:
    if NetworkRules(tuple(allowed)).refusal(address) is None:
        assert NetworkRules((*allowed, more)).refusal(address) is None
