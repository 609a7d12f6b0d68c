"""Servers of two versions side by side: what the older one doesn't know, it doesn't lose."""

import json
from typing import Any

import pytest

from acme_server.domain.documents import Kind
from acme_server.stores.kubernetes.kinds import path
from tests.cluster.harness.client import Patch
from tests.cluster.harness.resources import Document
from tests.cluster.replicas.conftest import standard
from tests.cluster.replicas.harness.site import Site
from tests.end_to_end.harness import webroot
from tests.end_to_end.harness.session import Answer, Session, opened

NAME = "www.team-a.example.test"
MEMBER = "ofTheNextVersion"
MARK = {"deep": [1, None, "text"]}
REWRITTEN = (Kind.ACCOUNT, Kind.ENROLLMENT, Kind.AUTHORIZATION, Kind.CERTIFICATE)


@pytest.fixture
async def counting_site(empty_site: Site) -> Site:
    """Give a site whose grant bounds the number of accounts, so that enrollments are written."""
    documents = standard()
    for document in documents:
        for grant in document.get("spec", {}).get("grants", ()):
            grant["maxAccounts"] = 5
    await empty_site.hand_over(documents)
    for _ in range(2):
        await empty_site.start()
    return empty_site


async def test_members_of_a_later_version_stay_through_every_rewrite(counting_site: Site) -> None:
    site = counting_site
    written: dict[str, str] = {}
    with webroot.serving(site.webroot, site.solvers.http_01):
        async with opened(site.directory()) as session:
            (await session.register(site.binding())).accepted()
            order = (await session.order(NAME)).accepted()
            written |= await marked(site, *(set(Kind) - {Kind.CERTIFICATE, Kind.ISSUER_CHAIN}))
            await session.prove(order, site.webroot)
            chain = await session.finalize(order)
            written |= await marked(site, Kind.CERTIFICATE, Kind.ISSUER_CHAIN)
            (await session.revoke(chain)).accepted()
            await another_account(site)
            (await session.post(account(session), {"contact": ["mailto:a@b.test"]})).accepted()
            (await session.post(account(session), {"status": "deactivated"})).accepted()
    for kind in Kind:
        for stored in [each for each in await site.stored(kind) if is_marked(each, written)]:
            document = stored["document"]
            assert document[MEMBER] == MARK, kind
            for part in parts(document):
                assert part[MEMBER] == MARK, kind
            operation = written.pop(stored["metadata"]["uid"])
            assert (document["lastOperation"] != operation) == (kind in REWRITTEN), kind
    assert not written


async def test_a_document_of_a_later_schema_is_left_to_later_versions(site: Site) -> None:
    async with opened(site.directory()) as session:
        (await session.register(site.binding())).accepted()
        order = (await session.order(NAME)).accepted()
        [stored] = await site.stored(Kind.ORDER)
        await patched(site, Kind.ORDER, stored, [change("replace", "/document/schema", 2)])
        answer: Answer = await session.post(order.location)
        assert (answer.status, answer.problem) == (503, "serverInternal")
        (await session.order("other.team-a.example.test")).accepted()


def account(session: Session) -> str:
    assert session.account is not None
    return session.account


async def another_account(site: Site) -> None:
    """Take another place under the grant."""
    async with opened(site.directory()) as other:
        (await other.register(site.binding())).accepted()


def is_marked(stored: Document, written: dict[str, str]) -> bool:
    return stored["metadata"]["uid"] in written


def parts(document: Document) -> list[dict[str, Any]]:
    """Return the objects within a document that were marked like itself."""
    found = [each for name in LISTS for each in document.get(name, ()) if MEMBER in each]
    assert len(found) >= (1 if any(document.get(name) for name in LISTS) else 0)
    return [*found, *([document["credential"]] if document.get("credential") else [])]


LISTS = ("challenges", "accounts", "identifiers", "authorizations")


async def marked(site: Site, *kinds: Kind) -> dict[str, str]:
    """Mark the objects of some kinds as a later version would; return their last operations."""
    operations = {}
    for kind in kinds:
        for stored in await site.stored(kind):
            document = stored["document"]
            where = ["", *([f"/{name}/0" for name in LISTS if document.get(name)])]
            where += ["/credential"] if document.get("credential") else []
            changes = [change("add", f"/document{place}/{MEMBER}", MARK) for place in where]
            await patched(site, kind, stored, changes)
            operations[stored["metadata"]["uid"]] = document["lastOperation"]
    assert operations
    return operations


def change(operation: str, where: str, value: Any) -> dict[str, Any]:
    return {"op": operation, "path": where, "value": json.loads(json.dumps(value))}


async def patched(site: Site, kind: Kind, stored: Document, changes: list[Document]) -> None:
    where = f"{path(site.namespace, kind)}/{stored['metadata']['name']}"
    await site.client.patch(where, changes, Patch.JSON)
