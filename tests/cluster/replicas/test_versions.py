"""Servers of two versions side by side: what the older one doesn't know, it doesn't lose."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest

from acme_server.domain.documents.document import Kind
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
LISTS = ("challenges", "accounts", "identifiers", "authorizations")
PARTS = ("credential", "identifier")
REWRITTEN = (Kind.ACCOUNT, Kind.ENROLLMENT, Kind.AUTHORIZATION, Kind.CERTIFICATE)


@dataclass(frozen=True, slots=True)
class Marked:
    """What was a document's last operation when it was marked, and where it was (RFC 6901)."""

    operation: str
    places: tuple[str, ...]


@pytest.fixture
async def counting_site(empty_site: Site) -> Site:
    """Give a site whose grant bounds the number of accounts, so that enrollments are written."""
    documents = standard()
    for document in documents:
        for grant in document.get("spec", {}).get("grants", ()):
            grant["maxAccounts"] = 5
    await empty_site.hand_over(documents)
    await asyncio.gather(empty_site.start(), empty_site.start())
    return empty_site


async def test_members_of_a_later_version_stay_through_every_rewrite(counting_site: Site) -> None:
    site = counting_site
    marks: dict[str, Marked] = {}
    with webroot.serving(site.webroot, site.solvers.http_01):
        async with opened(site.directory()) as session:
            (await session.register(site.binding())).accepted()
            order = (await session.order(NAME)).accepted()
            marks |= await marked(site, *(set(Kind) - {Kind.CERTIFICATE, Kind.ISSUER_CHAIN}))
            await session.prove(order, site.webroot)
            chain = await session.finalize(order)
            marks |= await marked(site, Kind.CERTIFICATE, Kind.ISSUER_CHAIN)
            (await session.revoke(chain)).accepted()
            (await session.post(account(session), {"contact": ["mailto:a@b.test"]})).accepted()
            await another_account(site)
    for kind in Kind:
        for stored in await site.stored(kind):
            mark = marks.pop(uid(stored), None)
            if mark is not None:
                document = stored["document"]
                assert {place: at(place, document) for place in mark.places} == dict.fromkeys(
                    mark.places, MARK
                )
                assert (document["lastOperation"] != mark.operation) == (kind in REWRITTEN), kind
    assert not marks


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


async def marked(site: Site, *kinds: Kind) -> dict[str, Marked]:
    """Mark the objects of some kinds, and objects within them, as a later version would."""
    marks = {}
    for kind in kinds:
        for stored in await site.stored(kind):
            document = stored["document"]
            places = ["", *([f"/{name}/0" for name in LISTS if document.get(name)])]
            places += [f"/{name}" for name in PARTS if document.get(name)]
            changes = [change("add", f"/document{place}/{MEMBER}", MARK) for place in places]
            await patched(site, kind, stored, changes)
            marks[uid(stored)] = Marked(document["lastOperation"], tuple(places))
    assert marks
    return marks


def at(place: str, document: Any) -> Any:
    """Return the mark at a place of a document; None if there is none any more."""
    for part in place.split("/")[1:]:
        document = document[int(part) if part.isdigit() else part]
    return document.get(MEMBER)


def uid(stored: Document) -> str:
    return str(stored["metadata"]["uid"])


def change(operation: str, where: str, value: Any) -> dict[str, Any]:
    return {"op": operation, "path": where, "value": json.loads(json.dumps(value))}


async def patched(site: Site, kind: Kind, stored: Document, changes: list[Document]) -> None:
    where = f"{path(site.namespace, kind)}/{stored['metadata']['name']}"
    await site.client.patch(where, changes, Patch.JSON)
