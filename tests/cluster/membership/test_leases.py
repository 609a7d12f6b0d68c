"""Membership and a held Lease, on a real API server. Time is the tests' own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from acme_server.kubernetes_api.access import Access
from acme_server.kubernetes_api.connection import Connection
from acme_server.membership.holding import SWEEPER, LeaseHolding
from acme_server.membership.leases import LeaseMembership
from acme_server.system import SystemClock
from tests.cluster.harness.client import Client
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.resources import LEASES

A = bytes.fromhex("aa" * 8)
B = bytes.fromhex("bb" * 8)


@dataclass
class Monotonic:
    """A clock that only a test moves."""

    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds


class CountedConnection(Connection):
    """A connection that counts its requests by method."""

    reads = 0

    async def request(self, method: str, path: str, *rest: object) -> object:  # type: ignore[override]
        self.reads += method == "GET"
        return await super().request(method, path, *rest)  # type: ignore[arg-type]


@pytest.fixture
async def connection(cluster: Cluster, tmp_path: Path) -> AsyncIterator[CountedConnection]:
    admin = cluster.access
    token = tmp_path / "token"
    token.write_text(admin.token or "")
    access = Access(admin.server, admin.authority, token, server_name=admin.server_name)
    opened = CountedConnection.open(access)
    yield opened
    await opened.close()


class Group:
    """Replicas that share a namespace and a test's clock."""

    def __init__(self, connection: Connection, namespace: str) -> None:
        self.connection, self.namespace = connection, namespace
        self.time = Monotonic()

    def member(self, identity: str) -> LeaseMembership:
        return LeaseMembership(
            self.connection,
            self.namespace,
            SystemClock(),
            identity,
            "10.0.0.1:8444",
            monotonic=self.time,
        )

    def holding(self, identity: str) -> LeaseHolding:
        return LeaseHolding(
            self.connection,
            self.namespace,
            SWEEPER,
            identity,
            SystemClock(),
            monotonic=self.time,
        )


@pytest.fixture
def group(connection: CountedConnection, namespace: str) -> Group:
    return Group(connection, namespace)


async def test_a_replica_tells_of_itself_in_a_lease(
    group: Group, client: Client, namespace: str
) -> None:
    member = group.member("one")
    await member.start()
    await member.announce([B, A], "two")
    lease = await client.get(LEASES, "acme-server-one", namespace)
    assert lease["metadata"]["labels"]["certwright.dev/replica"] == "true"
    assert lease["metadata"]["annotations"] == {
        "certwright.dev/peer-address": "10.0.0.1:8444",
        "certwright.dev/incarnations": f"{A.hex()},{B.hex()}",
        "certwright.dev/successor": "two",
    }
    assert lease["spec"]["holderIdentity"] == "one"
    assert lease["spec"]["leaseDurationSeconds"] == 15


async def test_one_that_just_started_is_found_by_one_look_for_all_who_ask(
    group: Group, connection: CountedConnection
) -> None:
    one, two = group.member("one"), group.member("two")
    await one.start()
    await two.start()
    await two.announce([B])
    before = connection.reads
    found = await asyncio.gather(*(one.find(B) for _ in range(20)))
    assert {each.id for each in found if each} == {"two"}
    assert connection.reads == before + 1
    missed = [await one.find(A) for _ in range(5)]
    assert missed == [None] * 5
    assert connection.reads == before + 2
    group.time.seconds += 2
    assert await one.find(A) is None
    assert connection.reads == before + 3


async def test_one_that_is_not_seen_to_renew_is_dead_and_forgotten_later(
    group: Group, client: Client, namespace: str
) -> None:
    one, two = group.member("one"), group.member("two")
    await two.start()
    await two.announce([B])
    await one.start()
    # An outage in which nobody could look is held against nobody.
    group.time.seconds += 3600
    await one.look()
    assert one.alive("two")
    for _ in range(4):
        group.time.seconds += 3
        await one.look()
    assert not one.alive("two")
    assert await one.find(B) is None
    await two.announce([B])
    group.time.seconds += 3
    await one.look()
    assert one.alive("two")
    for _ in range(130):
        group.time.seconds += 5
        await one.look()
    # Its own Lease, which nobody renewed either, it has to keep.
    assert await names(client, namespace) == ["acme-server-one"]


async def test_a_lease_that_somebody_deleted_is_made_anew(
    group: Group, client: Client, namespace: str
) -> None:
    member = group.member("one")
    await member.start()
    await client.delete(LEASES, "acme-server-one", namespace)
    await member.announce([A])
    assert await client.get(LEASES, "acme-server-one", namespace)
    await member.leave()
    await member.announce([A])
    assert await names(client, namespace) == []


async def names(client: Client, namespace: str) -> list[str]:
    answer = await client.request("GET", LEASES.path(namespace))
    return [each["metadata"]["name"] for each in answer["items"]]


async def test_a_successor_is_asked_when_the_other_is_of_no_use(group: Group) -> None:
    one, two, three = (group.member(each) for each in ("one", "two", "three"))
    for each in (two, three, one):
        await each.start()
    await two.announce([B], "three")
    found = await one.find(B, other_than="two")
    assert found is not None
    assert found.id == "three"


async def test_one_holds_a_lease_until_it_gives_it_up_or_falls_silent(group: Group) -> None:
    one, two = group.holding("one"), group.holding("two")
    assert await one.attempt()
    assert not await two.attempt()
    for _ in range(2):
        group.time.seconds += 5
        assert not await two.attempt()
    # Who could not renew stops relying on it before anybody else can take it.
    assert not one.held
    group.time.seconds += 5
    assert await two.attempt()
    assert not await one.attempt()
    await two.release()
    assert await one.attempt()
    assert (one.held, two.held) == (True, False)
