"""What is taken back, or spoiled, while servers run: each has its answer to clients."""

from collections.abc import Callable
from functools import partial

import pytest
from josepy.b64 import b64encode

from certwright.resources.metadata import ObjectKey
from tests.cluster.harness.resources import SECRETS, Document
from tests.cluster.harness.waiting import eventually
from tests.cluster.replicas.conftest import standard
from tests.cluster.replicas.harness import bundles
from tests.cluster.replicas.harness.site import Site
from tests.end_to_end.harness import documents, webroot
from tests.end_to_end.harness.clients.account import Binding
from tests.end_to_end.harness.session import Session, SigningRequest, opened

SPOILED = ("", "not JSON", '{"schemaVersion": 2}', '{"schemaVersion": 1}')
NAME = "www.team-a.example.test"


def without_grant(world: list[Document]) -> list[Document]:
    return [each | {"metadata": each["metadata"] | {"labels": {}}} for each in world]


def without_credential(world: list[Document]) -> list[Document]:
    return [each for each in world if each["kind"] != "EABCredential"]


def without_authority(world: list[Document]) -> list[Document]:
    return [each for each in world if each["metadata"]["name"] != "issuing"]


def without_template(world: list[Document]) -> list[Document]:
    return [each for each in world if each["kind"] != "CertificateTemplate"]


def suspended(world: list[Document]) -> list[Document]:
    for each in world:
        if each["kind"] == "EABCredential":
            each["spec"]["suspend"] = True
    return world


def wider_than_its_grant(world: list[Document]) -> list[Document]:
    for each in world:
        if each["kind"] == "EABCredential":
            each["spec"]["dnsNames"] = {"values": ["**"]}
    return world


@pytest.mark.parametrize(
    ("withdrawn", "reason"),
    [
        (without_grant, "no grant of profile pki/web is for namespace team-a"),
        (without_credential, "has been deleted"),
        (without_authority, "CertificateAuthority pki/issuing"),
        (without_template, "CertificateTemplate pki/web-server"),
        (suspended, "is suspended"),
        (wider_than_its_grant, "**"),
    ],
    ids=lambda each: each.__name__ if callable(each) else "",
)
async def test_what_is_withdrawn_is_refused_with_the_reason_and_revocation_goes_on(
    site: Site, withdrawn: Callable[[list[Document]], list[Document]], reason: str
) -> None:
    with webroot.serving(site.webroot, site.solvers.http_01):
        async with opened(site.directory()) as session:
            (await session.register(site.binding())).accepted()
            chain = await session.issue(site.webroot, NAME)
            ready = (await session.order(NAME)).accepted()
            assert ready.body["status"] == "ready"

            await site.hand_over(withdrawn(standard()))
            await eventually(partial(refused, site, session, reason))
            request = b64encode(SigningRequest.of(ready).encoded).decode()
            refusal = await session.post(ready.body["finalize"], {"csr": request})
            assert (refusal.status, refusal.problem) == (403, "unauthorized"), refusal.body
            assert reason in refusal.detail
            assert await session.download(chain) == chain.pem
            (await session.revoke(chain)).accepted()

            if withdrawn is not without_credential:
                await site.hand_over(standard())
                await eventually(partial(issued, site, session))


async def test_a_deleted_profile_asks_clients_to_come_later(site: Site) -> None:
    await site.client.delete(SECRETS, "profile.pki.web", site.namespace)
    await eventually(partial(answers, site, status=503))


async def test_a_tenant_who_writes_two_asterisks_binds_nobody(site: Site) -> None:
    greedy = documents.credential("greedy", dnsNames={"values": ["**"]})
    await site.hand_over([*standard(), greedy])
    assert ObjectKey("team-a", "greedy") not in site.planner.bindings
    guessed = Binding("team-a.greedy", site.binding().secret)
    async with opened(site.directory()) as session:
        refusal = await session.register(guessed)
        assert (refusal.status, refusal.problem) == (403, "unauthorized")


@pytest.mark.parametrize("kind", ["profile", "signer", "credential", "nonce-keys"])
async def test_a_bundle_that_was_tampered_with_leaves_the_one_before_in_force(
    site: Site, kind: str
) -> None:
    with webroot.serving(site.webroot, site.solvers.http_01):
        async with opened(site.directory()) as session:
            (await session.register(site.binding())).accepted()
            [name] = [each for each in site.planner.secrets if each.split(".")[0] == kind]
            for number, text in enumerate(SPOILED):
                if kind == "signer":  # It is immutable: who changes one has to replace it.
                    await site.client.delete(SECRETS, name, site.namespace)
                await site.put(bundles.tampered(site.planner.secrets[name], text))
                await everything_so_far_was_seen(site, f"later{number}")
                await session.issue(site.webroot, f"n{number}.team-a.example.test")


async def test_a_server_that_only_ever_saw_a_spoiled_profile_asks_clients_to_come_later(
    empty_site: Site,
) -> None:
    site = empty_site
    await site.hand_over(standard())
    name = "profile.pki.web"
    await site.put(bundles.tampered(site.planner.secrets[name], "not JSON"))
    await site.start()
    async with site.asking() as ask:
        status, headers = await ask(site.directory().url)
        assert status == 503
        assert int(headers["Retry-After"]) > 0
        await site.put(site.planner.secrets[name])
        await eventually(partial(answers, site))


async def refused(site: Site, session: Session, reason: str) -> None:
    """See every server refuse an order, saying why."""
    for _ in site.replicas:
        answer = await session.order(NAME)
        assert (answer.status, answer.problem) == (403, "unauthorized"), answer.body
        assert reason in answer.detail


async def issued(site: Site, session: Session) -> None:
    for _ in site.replicas:
        await session.issue(site.webroot, NAME)


async def answers(site: Site, profile: str = "pki/web", status: int = 200) -> None:
    """See every server answer with a status when it is asked for a profile's directory."""
    async with site.asking() as ask:
        for replica in site.replicas:
            url = site.directory(profile).url.replace(site.balancer.url, replica.url)
            assert (await ask(url))[0] == status


async def everything_so_far_was_seen(site: Site, later: str) -> None:
    """Wait until every server has seen what was written last: a watch keeps the order.

    That is a profile which issues nothing, for want of its authority.
    """
    planned = dict(site.planner.secrets)
    profile = documents.profile(later, issuer={"authorityRef": {"name": "none"}})
    site.planner.plan([*standard(), profile])
    await site.put(site.planner.secrets[f"profile.pki.{later}"])
    site.planner.secrets = planned
    await eventually(partial(answers, site, f"pki/{later}"))
