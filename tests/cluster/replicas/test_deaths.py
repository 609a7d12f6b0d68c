"""Servers that die in the middle of something: another one brings it to its end, once."""

import asyncio
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from acme_server.domain.documents.document import Kind
from tests.cluster.replicas.harness.balancer import Exchange, Sent
from tests.cluster.replicas.harness.gate import Kept
from tests.cluster.replicas.harness.site import Site
from tests.end_to_end.harness import chains, programs, webroot
from tests.end_to_end.harness.clients.certbot import Certbot
from tests.end_to_end.harness.clients.dehydrated import Dehydrated
from tests.end_to_end.harness.clients.lego import Lego
from tests.end_to_end.harness.session import (
    Answer,
    ServerFailed,
    Session,
    SigningRequest,
    opened,
    persisting,
)

NAME = "www.team-a.example.test"
ENOUGH = 60
Issue = Callable[[Site, Path], tuple[programs.Finished, Path]]
"""Runs a client in a folder of its own; returns what it said and its file for the chain."""

BEFORE_OR_AFTER_ITS_CREATE = pytest.mark.parametrize(
    "passing", [False, True], ids=["before its create", "after its create"]
)
_ABOUT_A_NAME = re.compile(r"/(?P<resource>challenge|authorization)/(?P<slot>[^/]+)/")


class AtTheirChallenges:
    """Has one server take up the challenges of some clients, and then another come in its place.

    Once each client has been answered by the other one it holds no nonce of the first: whoever
    never asks twice can go on.
    """

    def __init__(self, site: Site, clients: int) -> None:
        self._site = site
        self._clients = clients
        self.first, self._second = site.replicas
        self._taken_up: set[str] = set()
        self._seen_again: set[str] = set()
        self._answered_by_the_second = threading.Event()
        site.balancer.drop(self._second.url)

    def __call__(self, exchange: Exchange) -> None:
        """See one exchange."""
        about = _ABOUT_A_NAME.search(exchange.path)
        if about is None or exchange.method != "POST":
            return
        if exchange.backend == self._second.url:
            self._seen_again.add(about["slot"])
        elif about["resource"] == "challenge" and about["slot"] not in self._taken_up:
            self._taken_up.add(about["slot"])
            if len(self._taken_up) == self._clients:
                self._site.balancer.add(self._second.url)
                self._site.balancer.drop(self.first.url)
        if len(self._seen_again) == self._clients:
            self._answered_by_the_second.set()

    async def reached(self) -> None:
        """Return when the first one is needed no more."""
        assert await asyncio.to_thread(self._answered_by_the_second.wait, ENOUGH)


def certbot(site: Site, folder: Path) -> tuple[programs.Finished, Path]:
    user = Certbot(folder, site.directory(), site.solvers, site.binding())
    return user.webroot(site.webroot, NAME), user.full_chain


def lego(site: Site, folder: Path) -> tuple[programs.Finished, Path]:
    user = Lego(folder, site.directory(), site.solvers, site.binding())
    return user.webroot(site.webroot, NAME), user.full_chain(NAME)


def dehydrated(site: Site, folder: Path) -> tuple[programs.Finished, Path]:
    user = Dehydrated(folder, site.directory(), site.webroot, site.binding())
    return user.issue(NAME), user.full_chain(NAME)


async def test_challenges_come_to_their_end_though_the_server_dies_that_took_them_up(
    site: Site, tmp_path: Path
) -> None:
    clients = (certbot, lego, dehydrated)
    challenges = AtTheirChallenges(site, len(clients))
    with site.balancer.watched(challenges):
        issuing = [
            asyncio.create_task(asyncio.to_thread(issue, site, tmp_path / issue.__name__))
            for issue in clients
        ]
        await challenges.reached()
        site.kill(challenges.first)
        with webroot.serving(site.webroot, site.solvers.http_01):
            for finished, chain in await asyncio.gather(*issuing):
                finished.succeeded()
                chains.verify(chain, site.roots(), NAME)
    assert not site.balancer.problems


async def test_a_client_that_asks_again_goes_on_though_its_nonce_died_with_a_server(
    site: Site,
) -> None:
    async with opened(site.directory()) as session:
        order = await ordered(site, session)
        [challenge] = await session.prepare_http_01(order, site.webroot)
        answered = (await session.post(challenge, {})).accepted()
        assert answered.body["status"] == "processing"
        dead = site.replica_at(site.balancer.exchanges[-1].backend)
        site.balancer.drop(dead.url)
        site.kill(dead)
        with webroot.serving(site.webroot, site.solvers.http_01):
            await persisting(lambda: session.poll(order.location, until="ready"))
        await persisting(lambda: session.finalize(order))


@BEFORE_OR_AFTER_ITS_CREATE
async def test_one_certificate_is_issued_though_the_server_dies_at_its_create(
    site: Site, passing: bool
) -> None:
    async with opened(site.directory()) as session:
        order = await ordered(site, session)
        with webroot.serving(site.webroot, site.solvers.http_01):
            await session.prove(order, site.webroot)
        request = SigningRequest.of(order)
        with site.gate.keeping("POST", "issuedcertificates", passing=passing) as kept:
            finalizing = asyncio.create_task(session.finalize(order, request))
            await finalizing_server_killed(site, kept)
            assert len(await site.stored(Kind.CERTIFICATE)) == passing
        with pytest.raises(ServerFailed):
            await finalizing
        chain = await persisting(lambda: session.finalize(order, request))
        [stored] = await site.stored(Kind.CERTIFICATE)
        assert chain.serial == stored["metadata"]["name"]
        assert await persisting(lambda: session.download(chain)) == chain.pem


@BEFORE_OR_AFTER_ITS_CREATE
@pytest.mark.parametrize("issue", [certbot, lego])
async def test_a_client_that_gives_up_when_the_server_dies_at_its_create_needs_only_be_run_again(
    site: Site, tmp_path: Path, issue: Issue, passing: bool
) -> None:
    site.balancer.cuts = True
    with (
        webroot.serving(site.webroot, site.solvers.http_01),
        site.gate.keeping("POST", "issuedcertificates", passing=passing) as kept,
    ):
        issuing = asyncio.create_task(asyncio.to_thread(issue, site, tmp_path / "client"))
        finalize = await finalizing_server_killed(site, kept)
    (await issuing)[0].failed()
    assert site.balancer.exchanges[-1].path == finalize.path, "it asked for something else"
    asked_before = len(site.balancer.exchanges)
    abandoned = order_of(finalize)
    before = await orders_by_serial(site)
    assert list(before.values()) == [abandoned] * passing

    finished, chain = await asyncio.to_thread(issue, site, tmp_path / "client")
    finished.succeeded()
    chains.verify(chain, site.roots(), NAME)
    asked_again = site.balancer.exchanges[asked_before:]
    assert {each.backend for each in asked_again} == {each.url for each in site.replicas}
    assert not site.balancer.problems
    # Its account and its proof were acknowledged: it is asked for neither again.
    assert not [each for each in asked_again if re.search("/new-account|/challenge/", each.path)]
    after = await orders_by_serial(site)
    finalized = after[chains.serial(chain)]
    assert after == before | {chains.serial(chain): finalized}
    assert await orders(site) == {abandoned, finalized}
    assert finalized != abandoned


async def test_an_answer_that_got_lost_on_the_way_from_the_api_server_costs_the_client_nothing(
    site: Site,
) -> None:
    async with opened(site.directory()) as session:
        order = await ordered(site, session)
        with webroot.serving(site.webroot, site.solvers.http_01):
            await session.prove(order, site.webroot)
        with site.gate.keeping("POST", "issuedcertificates") as kept:
            kept.released.set()
            chain = await session.finalize(order)
            assert kept.landed.is_set()
        [stored] = await site.stored(Kind.CERTIFICATE)
        assert chain.serial == stored["metadata"]["name"]


async def finalizing_server_killed(site: Site, kept: Kept) -> Sent:
    """Kill the server whose create is kept back; return the finalize that it had to answer."""
    assert await asyncio.to_thread(kept.landed.wait, ENOUGH)
    [under_way] = site.balancer.under_way
    assert under_way.path.endswith("/finalize")
    site.balancer.drop(under_way.backend)
    site.kill(site.replica_at(under_way.backend))
    return under_way


def order_of(finalize: Sent) -> str:
    """Return the id of the order that a request finalizes."""
    return finalize.path.split("/")[-2]


async def orders(site: Site) -> set[str]:
    """Return the ids of all orders."""
    return {each["metadata"]["name"] for each in await site.stored(Kind.ORDER)}


async def orders_by_serial(site: Site) -> dict[str, str]:
    """Return which order each certificate came of; an order has one certificate at most."""
    stored = await site.stored(Kind.CERTIFICATE)
    found = {each["metadata"]["name"]: each["document"]["order"] for each in stored}
    assert len(set(found.values())) == len(stored)
    return found


async def ordered(site: Site, session: Session) -> Answer:
    """Register and order."""
    (await session.register(site.binding())).accepted()
    return (await session.order(NAME)).accepted()
