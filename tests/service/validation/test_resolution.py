from collections.abc import AsyncIterator
from pathlib import Path

import dns.nameserver
import dns.rcode
import pytest
import pytest_asyncio

from acme_server.validation.endpoints import Endpoint
from acme_server.validation.resolution import DNSResolver, Lookup, LookupFailed
from acme_server.validation.system import parse_resolv_conf
from tests.service.validation.name_server import SILENCE, NameServer, name_server
from tests.unit.validation.fakes import addresses


@pytest_asyncio.fixture
async def server() -> AsyncIterator[NameServer]:
    async with name_server() as served:
        yield served


def asking(server: NameServer, lifetime: float = 2) -> DNSResolver:
    return DNSResolver.asking([server.endpoint], lifetime)


async def failure(resolver: DNSResolver, name: str = "www.example.com") -> LookupFailed:
    with pytest.raises(LookupFailed) as caught:
        await resolver.addresses(name)
    return caught.value


async def test_both_families_are_asked_for_once(server: NameServer) -> None:
    server.records = {
        "www.example.com A": ["10.0.0.1", "10.0.0.2"],
        "www.example.com AAAA": ["fd00::1"],
    }
    found = await asking(server).addresses("www.example.com")
    assert sorted(map(str, found)) == ["10.0.0.1", "10.0.0.2", "fd00::1"]
    assert sorted(server.asked) == ["www.example.com A UDP", "www.example.com AAAA UDP"]


@pytest.mark.parametrize("other", [None, dns.rcode.SERVFAIL, SILENCE], ids=str)
async def test_one_family_is_enough(
    server: NameServer, other: dns.rcode.Rcode | str | None
) -> None:
    server.records = {"www.example.com A": ["10.0.0.1"]}
    if other is not None:
        server.records["www.example.com AAAA"] = other
    resolver = asking(server, lifetime=0.2)
    assert await resolver.addresses("www.example.com") == addresses("10.0.0.1")


async def test_the_ways_to_have_no_address_are_told_apart(server: NameServer) -> None:
    server.records = {
        "text.example.com TXT": ["x"],
        "broken.example.com A": dns.rcode.SERVFAIL,
        "refused.example.com A": dns.rcode.REFUSED,
        "refused.example.com AAAA": dns.rcode.REFUSED,
        "silent.example.com A": SILENCE,
    }
    resolver = asking(server, lifetime=0.2)
    names = ("missing", "text", "broken", "refused", "silent")
    failures = [await failure(resolver, f"{name}.example.com") for name in names]
    assert [(failed.reason, str(failed)) for failed in failures] == [
        (
            Lookup.NO_SUCH_NAME,
            "DNS has no AAAA records of missing.example.com: the name doesn't exist (NXDOMAIN)",
        ),
        (Lookup.NO_RECORD, "DNS has no AAAA records of text.example.com"),
        (
            Lookup.SERVER_FAILURE,
            "no resolver could answer for A records of broken.example.com: SERVFAIL",
        ),
        (
            Lookup.SERVER_FAILURE,
            "no resolver could answer for AAAA records of refused.example.com: REFUSED",
        ),
        (
            Lookup.TIME_OUT,
            "no resolver answered in time when asked for A records of silent.example.com",
        ),
    ]


async def test_a_resolver_that_is_not_there_is_a_server_failure(server: NameServer) -> None:
    port = server.port
    async with name_server() as other:
        port = other.port
    failed = await failure(DNSResolver.asking([Endpoint("127.0.0.1", port)], 0.3))
    assert failed.reason in {Lookup.SERVER_FAILURE, Lookup.TIME_OUT}
    assert "no resolver" in failed.detail


async def test_the_next_resolver_is_asked_when_one_fails(server: NameServer) -> None:
    server.records = {"www.example.com A": ["10.0.0.1"]}
    async with name_server() as broken:
        broken.records = {
            "www.example.com A": dns.rcode.SERVFAIL,
            "www.example.com AAAA": dns.rcode.SERVFAIL,
        }
        resolver = DNSResolver.asking([broken.endpoint, server.endpoint], 2)
        assert await resolver.addresses("www.example.com") == addresses("10.0.0.1")


@pytest.mark.parametrize("name", ["a..example.com", "a" * 64 + ".com", ".".join(["a" * 60] * 5)])
async def test_a_name_that_dns_cannot_hold_is_not_asked_for(server: NameServer, name: str) -> None:
    failed = await failure(asking(server), name)
    assert failed.reason is Lookup.IMPOSSIBLE_NAME
    assert failed.detail == f"{name} can't be looked up in DNS"
    assert server.asked == []


async def test_the_strings_of_a_record_are_joined_and_records_are_not(server: NameServer) -> None:
    server.records = {"www.example.com TXT": ['"one" " and" " two"', '"three"']}
    texts = await asking(server).texts("www.example.com")
    assert sorted(texts) == [b"one and two", b"three"]


@pytest.mark.parametrize("follows", [True, False], ids=["recursive", "not recursive"])
async def test_aliases_are_followed(server: NameServer, *, follows: bool) -> None:
    server.follows = follows
    server.records = {
        "www.example.com CNAME": ["alias.example.net."],
        "alias.example.net CNAME": ["real.example.org."],
        "real.example.org TXT": ["found"],
    }
    assert await asking(server).texts("www.example.com") == (b"found",)


async def test_aliases_without_end_are_left(server: NameServer) -> None:
    server.follows = False
    server.records = {f"{n}.example.com CNAME": [f"{n + 1}.example.com."] for n in range(20)}
    with pytest.raises(LookupFailed, match="more than 8 CNAMEs") as caught:
        await asking(server).texts("0.example.com")
    assert caught.value.reason is Lookup.SERVER_FAILURE
    assert len(server.asked) == 9


async def test_an_alias_to_itself_is_left(server: NameServer) -> None:
    server.follows = False
    server.records = {
        "a.example.com CNAME": ["b.example.com."],
        "b.example.com CNAME": ["a.example.com."],
    }
    with pytest.raises(LookupFailed, match="more than 8 CNAMEs"):
        await asking(server).texts("a.example.com")


async def test_a_cut_answer_is_asked_for_again_over_tcp(server: NameServer) -> None:
    server.truncates = True
    values = [f'"{"x" * 200}{number}"' for number in range(30)]
    server.records = {"www.example.com TXT": list(values)}
    assert len(await asking(server).texts("www.example.com")) == 30
    assert server.asked == ["www.example.com TXT UDP", "www.example.com TXT TCP"]


async def test_a_resolver_that_hangs_up_gives_no_valid_answer(server: NameServer) -> None:
    server.truncates = server.hangs_up = True
    server.records = {"www.example.com TXT": ["x"]}
    with pytest.raises(LookupFailed, match="no valid answer") as caught:
        await asking(server).texts("www.example.com")
    assert caught.value.reason is Lookup.SERVER_FAILURE


def of_system(folder: Path, *, search: bool = False, configuration: str = "") -> DNSResolver:
    hosts, resolv_conf = folder / "hosts", folder / "resolv.conf"
    hosts.write_text("127.0.0.1 www.example.com\n::1 www.example.com\n")
    resolv_conf.write_text(configuration)
    return DNSResolver.of_system(0.5, search=search, hosts=hosts, configuration=resolv_conf)


async def test_the_hosts_file_comes_before_dns(tmp_path: Path) -> None:
    resolver = of_system(tmp_path)
    assert await resolver.addresses("WWW.example.com") == addresses("127.0.0.1", "::1")


async def test_a_system_without_resolver_is_told_which_setting_helps(tmp_path: Path) -> None:
    failed = await failure(of_system(tmp_path), "other.example.com")
    assert failed.reason is Lookup.SERVER_FAILURE
    assert failed.detail.endswith("the system names none and validation.resolvers is empty")


@pytest.mark.parametrize("search", [False, True])
async def test_the_search_list_counts_only_where_it_is_asked_for(
    server: NameServer, *, search: bool
) -> None:
    configuration = "nameserver 127.0.0.1\nsearch svc.cluster.local\noptions ndots:5\n"
    configured = parse_resolv_conf(configuration)
    assert configured is not None
    # A resolv.conf has no ports.
    configured.nameservers = [dns.nameserver.Do53Nameserver("127.0.0.1", server.port)]
    resolver = DNSResolver(lambda: configured, dict, 0.5, search=search)
    server.records = {"ingress.default.svc.cluster.local A": ["10.96.0.7"]}
    if search:
        assert await resolver.addresses("ingress.default") == addresses("10.96.0.7")
    else:
        assert (await failure(resolver, "ingress.default")).reason is Lookup.NO_SUCH_NAME
