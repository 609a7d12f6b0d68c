import errno
from dataclasses import dataclass, field
from ipaddress import ip_network

import pytest

from acme_server.domain.problems import ErrorType
from acme_server.validation.dialer import CannotConnect, Dialer, candidates
from acme_server.validation.endpoints import Endpoint
from acme_server.validation.failures import AttemptFailed
from acme_server.validation.networks import IPAddress, NetworkRules
from acme_server.validation.resolution import Lookup, LookupFailed
from tests.unit.validation.fakes import TableResolver, addresses

LOOPBACK_ALLOWED = NetworkRules(allowed=(ip_network("127.0.0.0/8"),))


@dataclass
class Opening:
    """Records where a connection was asked for, and refuses it for some addresses."""

    broken: tuple[str, ...] = ()
    tried: list[str] = field(default_factory=list)

    async def __call__(self, address: IPAddress, port: int) -> str:
        self.tried.append(str(Endpoint(str(address), port)))
        if str(address) in self.broken:
            raise CannotConnect("connection refused")
        return str(address)


def dialer(
    *hosts: str, rules: NetworkRules | None = None, trusted: TableResolver | None = None
) -> tuple[Dialer, TableResolver]:
    resolver = TableResolver({"www.example.com": addresses(*hosts)})
    return Dialer(resolver, rules or NetworkRules(), trusted or TableResolver()), resolver


WWW = Endpoint("www.example.com", 80)


async def test_the_connection_goes_to_an_address_that_was_judged_after_one_lookup() -> None:
    guarded, resolver = dialer("10.0.0.1")
    opening = Opening()
    assert await guarded.dial(WWW, opening) == "10.0.0.1"
    assert opening.tried == ["10.0.0.1:80"]
    assert resolver.asked == ["www.example.com"]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "169.254.169.254", "fe80::1", "::ffff:127.0.0.1", "0.0.0.0"],
)
@pytest.mark.parametrize("literal", [False, True], ids=["name", "literal"])
async def test_a_refused_address_is_never_connected_to(address: str, *, literal: bool) -> None:
    guarded, _ = dialer(address)
    opening = Opening()
    host = str(addresses(address)[0]) if literal else "www.example.com"
    with pytest.raises(AttemptFailed, match=r"validation\.allowedNetworks") as caught:
        await guarded.dial(Endpoint(host, 80), opening)
    assert caught.value.type is ErrorType.CONNECTION
    assert caught.value.detail.startswith(f"No connection to {host}: ")
    assert opening.tried == []


async def test_refused_addresses_among_permitted_ones_are_left_out() -> None:
    guarded, _ = dialer("::1", "127.0.0.1", "10.0.0.1")
    opening = Opening()
    assert await guarded.dial(WWW, opening) == "10.0.0.1"
    assert opening.tried == ["10.0.0.1:80"]


async def test_several_refusals_are_one_sentence() -> None:
    guarded, _ = dialer("127.0.0.1", "127.0.0.2", "::1")
    with pytest.raises(AttemptFailed, match=r"127\.0\.0\.1 is a loopback .* \(and 2 more\)$"):
        await guarded.dial(WWW, Opening())


async def test_an_allowed_loopback_address_is_connected_to() -> None:
    guarded, _ = dialer("127.0.0.1", rules=LOOPBACK_ALLOWED)
    assert await guarded.dial(WWW, Opening()) == "127.0.0.1"


async def test_a_broken_ipv6_address_falls_back_to_one_ipv4_address() -> None:
    guarded, resolver = dialer("fd00::1", "fd00::2", "10.0.0.1", "10.0.0.2")
    opening = Opening(broken=("fd00::1",))
    assert await guarded.dial(WWW, opening) == "10.0.0.1"
    assert opening.tried == ["[fd00::1]:80", "10.0.0.1:80"]
    assert len(resolver.asked) == 1


async def test_two_broken_addresses_are_both_named_and_a_third_is_not_tried() -> None:
    guarded, _ = dialer("fd00::1", "10.0.0.1", "10.0.0.2")
    opening = Opening(broken=("fd00::1", "10.0.0.1"))
    with pytest.raises(AttemptFailed) as caught:
        await guarded.dial(WWW, opening)
    assert caught.value.detail == (
        "No connection to www.example.com: [fd00::1]:80: connection refused; "
        "10.0.0.1:80: connection refused"
    )
    assert str(caught.value).startswith("connection: No connection")
    assert len(opening.tried) == 2


async def test_a_failed_lookup_is_a_dns_failure() -> None:
    guarded, resolver = dialer()
    resolver.hosts["www.example.com"] = LookupFailed(Lookup.NO_SUCH_NAME, "no such name")
    with pytest.raises(AttemptFailed, match="no such name") as caught:
        await guarded.dial(WWW, Opening())
    assert caught.value.type is ErrorType.DNS


async def test_a_trusted_endpoint_is_looked_up_by_the_system_and_not_judged() -> None:
    trusted = TableResolver({"ingress.svc": addresses("127.0.0.1")})
    guarded, resolver = dialer("10.0.0.1", trusted=trusted)
    assert await guarded.dial_trusted(Endpoint("ingress.svc", 8080), Opening()) == "127.0.0.1"
    assert (trusted.asked, resolver.asked) == (["ingress.svc"], [])


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (("10.0.0.1",), ("10.0.0.1",)),
        (("10.0.0.1", "10.0.0.2", "10.0.0.3"), ("10.0.0.1", "10.0.0.2")),
        (("10.0.0.1", "10.0.0.2", "fd00::1"), ("fd00::1", "10.0.0.1")),
        (("fd00::1", "fd00::2", "fd00::3"), ("fd00::1", "fd00::2")),
    ],
)
def test_at_most_two_addresses_are_tried_ipv6_first(
    found: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert candidates(addresses(*found)) == addresses(*expected)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "connection refused"),
        (OSError(errno.ENETUNREACH, "x"), "network unreachable"),
        (OSError(errno.EHOSTUNREACH, "x"), "no route to host"),
        (OSError(errno.EACCES, "x"), "Permission denied"),
        (TimeoutError(), "timeout during connect (likely firewall problem)"),
        (OSError(errno.ETIMEDOUT, "x"), "timeout during connect (likely firewall problem)"),
        (OSError("several errors"), "connecting failed"),
    ],
)
def test_errors_of_the_system_have_words_that_people_search_for(
    error: OSError, reason: str
) -> None:
    assert str(CannotConnect.because(error)) == reason


async def test_a_service_that_settings_name_is_looked_up_at_each_connection() -> None:
    everything = NetworkRules(denied=(ip_network("0.0.0.0/0"), ip_network("::/0")))
    service = Endpoint("ingress.ingress.svc.cluster.local", 80)
    trusted = TableResolver({service.host: addresses("203.0.113.7")})
    guarded, _ = dialer(rules=everything, trusted=trusted)
    assert await guarded.dial_trusted(service, Opening()) == "203.0.113.7"
    # The Service was deleted and made anew.
    trusted.hosts[service.host] = addresses("203.0.113.8")
    assert await guarded.dial_trusted(service, Opening()) == "203.0.113.8"
    assert trusted.asked == [service.host] * 2
