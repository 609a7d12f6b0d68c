"""What the Kubernetes store does when the API server doesn't, or says what nobody expects."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from acme_server.domain.documents.certificates import IssuerChain
from acme_server.domain.documents.document import Kind
from acme_server.kubernetes_api.access import Access
from acme_server.ports import Conflict, Record, Selection, StoreForbidden, StoreUnavailable
from acme_server.services.documents import Documents
from acme_server.stores.kubernetes import store as stores
from acme_server.stores.kubernetes.store import KubernetesStore
from tests.fakes.randomness import FakeRandomness
from tests.service.stores.contract import ids, order
from tests.unit.stores.fake_api import FakeAPI, Fault, status

Verb = Callable[[KubernetesStore], Awaitable[object]]

VERBS: dict[str, Verb] = {
    "get": lambda store: store.get(Kind.ORDER, "o1"),
    "create": lambda store: store.create(order()),
    "replace": lambda store: store.replace(order(), "1"),
    "delete": lambda store: store.delete(Kind.ORDER, "o1", "1"),
    "scan": lambda store: ids(store, Selection(Kind.ORDER)),
}

every_verb = pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)


@pytest.fixture
async def store(access: Access) -> AsyncIterator[KubernetesStore]:
    store = KubernetesStore.open(access, "certwright-acme")
    yield store
    await store.close()


def refusals() -> dict[str, web.Response]:
    absent = {"name": "o1", "group": "acme.certwright.dev", "kind": "acmeorders"}
    return {
        "nobody": status(401, "Unauthorized", "Unauthorized"),
        "forbidden": status(403, "Forbidden", "acmeorders is forbidden"),
        "the kind is not served": web.Response(status=404, text="404 page not found"),
        "no namespace": status(404, "NotFound", name="certwright-acme", kind="namespaces"),
        "another is absent": status(404, "NotFound", **{**absent, "name": "o2"}),
        "too many": status(429, "TooManyRequests", "try again later"),
        "broken": status(500, "InternalError", "etcdserver: leader changed"),
        "overloaded": web.Response(status=503, text="upstream"),
        "moved": web.Response(status=307, headers={"Location": "http://192.0.2.1/"}),
        "no object": web.Response(status=502, text="[]"),
    }


@every_verb
@pytest.mark.parametrize("refusal", refusals())
async def test_an_answer_of_any_other_kind_is_unavailable_and_absence_is_never_guessed(
    store: KubernetesStore, api: FakeAPI, verb: Verb, refusal: str
) -> None:
    answer = refusals()[refusal]
    api.faults = [Fault(answer=answer)]
    with pytest.raises(StoreUnavailable, match=str(answer.status)):
        await verb(store)
    assert len(api.requests) == 1


@every_verb
async def test_only_a_rule_s_refusal_is_told_from_an_outage(
    store: KubernetesStore, api: FakeAPI, verb: Verb
) -> None:
    api.faults = [Fault(answer=refusals()["forbidden"])]
    with pytest.raises(StoreForbidden, match="403 Forbidden: acmeorders is forbidden"):
        await verb(store)
    for other in refusals().keys() - {"forbidden"}:
        api.faults = [Fault(answer=refusals()[other])]
        with pytest.raises(StoreUnavailable) as told:
            await verb(store)
        assert not isinstance(told.value, StoreForbidden)


async def test_a_trial_goes_the_way_of_a_write_and_leaves_nothing(
    store: KubernetesStore, api: FakeAPI, caplog: pytest.LogCaptureFixture
) -> None:
    await store.try_writing()
    assert api.requests[0].method == "POST"
    assert not any(api.objects.values())
    api.faults = [Fault(answer=refusals()["forbidden"]), Fault(answer=refusals()["broken"])]
    with pytest.raises(StoreForbidden, match="is forbidden"):
        await store.try_writing()
    with pytest.raises(StoreUnavailable, match="leader changed"):
        await store.try_writing()
    # Whoever tries tells what came of it, once it has changed.
    assert not [each for each in caplog.records if each.name.startswith("acme_server")]


@every_verb
async def test_no_answer_in_time_is_unavailable(access: Access, api: FakeAPI, verb: Verb) -> None:
    store = KubernetesStore.open(access, "certwright-acme", timeout=0.05)
    api.faults = [Fault(hangs=True)]
    with pytest.raises(StoreUnavailable, match="didn't answer in time"):
        await verb(store)
    await store.close()


@every_verb
async def test_nobody_there_is_unavailable_until_somebody_is(
    store: KubernetesStore, server: TestServer, verb: Verb, caplog: pytest.LogCaptureFixture
) -> None:
    await server.close()
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="can't be reached"):
            await verb(store)
    # Once an outage, not once a request.
    assert [each.levelno for each in caplog.records] == [logging.WARNING]


async def test_an_outage_is_told_once_and_so_is_its_end(
    store: KubernetesStore, api: FakeAPI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    api.faults = [Fault(), Fault()]
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await store.create(order())
    await store.create(order())
    assert await store.get(Kind.ORDER, "o1")
    told = [each for each in caplog.records if each.name.startswith("acme_server")]
    assert [each.levelno for each in told] == [logging.WARNING, logging.INFO]
    assert told[-1].message == "the API server answers again"


async def test_a_create_whose_answer_gets_lost_is_not_sent_again(
    store: KubernetesStore, api: FakeAPI
) -> None:
    await store.get(Kind.ORDER, "o1")
    api.faults = [Fault(carried_out=True)]
    with pytest.raises(StoreUnavailable):
        await store.create(order())
    assert [each.method for each in api.requests] == ["GET", "POST"]
    assert await store.get(Kind.ORDER, "o1")


@pytest.mark.parametrize("carried_out", [True, False], ids=["landed", "got lost"])
async def test_documents_know_what_became_of_writes_whose_answers_got_lost(
    store: KubernetesStore, api: FakeAPI, carried_out: bool
) -> None:
    documents = Documents(store, FakeRandomness())
    first = await documents.create(IssuerChain(id="c1", certificates="first"))
    api.faults = [Fault(carried_out=carried_out)]
    second = await documents.replace(first, first.document.but(certificates="second"))
    assert second.document.certificates == "second"
    assert await documents.get(IssuerChain, "c1") == second

    api.faults = [Fault(carried_out=carried_out)]
    await documents.delete(second)
    assert await documents.get(IssuerChain, "c1") is None


async def test_a_refused_document_is_not_quoted_in_the_log(
    store: KubernetesStore, api: FakeAPI, caplog: pytest.LogCaptureFixture
) -> None:
    api.faults = [Fault(answer=status(422, "Invalid", 'Invalid value: "mine"'))]
    with pytest.raises(StoreUnavailable, match=r"422 Invalid$"):
        await store.create(order())
    assert "mine" not in caplog.text


async def test_a_success_that_is_no_object_is_unavailable(
    store: KubernetesStore, api: FakeAPI
) -> None:
    api.faults = [Fault(answer=web.Response(text="<html>"))]
    with pytest.raises(StoreUnavailable, match="not a JSON object"):
        await store.get(Kind.ORDER, "o1")


async def test_a_list_whose_snapshot_is_gone_goes_on_behind_the_last_name(
    store: KubernetesStore, api: FakeAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "PAGE", 2)
    for name in ("a", "b", "d", "e", "f"):
        await store.create(order(name))
    seen = []
    async for stored in store.scan(Selection(Kind.ORDER)):
        seen.append(stored.record.id)
        if stored.record.id == "b":
            api.compacted = True
            await store.create(order("aa"))
            await store.create(order("c"))
    assert seen == ["a", "b", "c", "d", "e", "f"]


async def test_a_list_that_is_gone_before_it_yielded_anything_begins_again(
    store: KubernetesStore, api: FakeAPI
) -> None:
    await store.create(order("a"))
    nothing = {"metadata": {"continue": "opaque"}, "items": []}
    api.faults = [Fault(answer=web.json_response(nothing)), Fault(answer=status(410, "Expired"))]
    assert await ids(store, Selection(Kind.ORDER)) == ["a"]


async def test_a_list_that_says_more_than_was_asked_for_is_cut(
    store: KubernetesStore, api: FakeAPI
) -> None:
    for name in ("a", "b"):
        await store.create(order(name))
    page = {"metadata": {}, "items": list(api.objects["acmeorders"].values())}
    api.faults = [Fault(answer=web.json_response(page))]
    assert await ids(store, Selection(Kind.ORDER, limit=1)) == ["a"]


async def test_a_replace_that_changes_nothing_gives_a_new_version(store: KubernetesStore) -> None:
    old = await store.create(order())
    assert await store.replace(order(), old) != old
    with pytest.raises(Conflict):
        await store.replace(order(), old)


async def test_reads_are_live(store: KubernetesStore, api: FakeAPI) -> None:
    """With any resourceVersion, "0" above all, the API server may answer from its cache."""
    await store.get(Kind.ORDER, "o1")
    await ids(store, Selection(Kind.ORDER))
    assert all("resourceVersion" not in each.query for each in api.requests)


async def test_an_id_stays_within_its_kind(store: KubernetesStore, api: FakeAPI) -> None:
    await store.create(Record(Kind.ACCOUNT, "a1", b"{}"))
    assert await store.get(Kind.ORDER, "../acmeaccounts/a1") is None
    assert api.requests[-1].raw_path.endswith("/acmeorders/..%2Facmeaccounts%2Fa1")


async def test_closing_finishes_what_was_begun_and_takes_nothing_more(
    access: Access, api: FakeAPI
) -> None:
    store = KubernetesStore.open(access, "certwright-acme")
    tasks = [asyncio.create_task(store.create(order(f"{number}"))) for number in range(50)]
    await asyncio.sleep(0)
    await store.close()
    assert all(isinstance(each, str) for each in await asyncio.gather(*tasks))
    assert len(api.objects["acmeorders"]) == 50
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.get(Kind.ORDER, "o1")
