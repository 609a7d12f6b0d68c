import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from http import HTTPStatus

import pytest
from pydantic_core import PydanticSerializationError

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.accounts import Account, AccountKey
from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.document import SCHEMA, Kind
from acme_server.domain.documents.members import StoredIdentifier
from acme_server.domain.documents.orders import Order
from acme_server.domain.documents.states import AccountStatus, ChallengeStatus
from acme_server.domain.problems import ACMEError
from acme_server.ports import AlreadyExists, Conflict, Record, Select, Stored
from acme_server.services.documents import MAX_ATTEMPTS, Documents, hour
from acme_server.stores.memory import MemoryStore
from certwright.policy.identifiers import IdentifierType
from tests.fakes.faulty_store import Fault, FaultyStore, WriterKilled
from tests.fakes.randomness import FakeRandomness

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

ACCOUNT = Account(
    id="a1",
    profile="pki/web",
    key={"kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ"},
    contact=("mailto:ops@acme.example",),
    created=NOON,
)

AUTHORIZATION = Authorization(
    id="slot1",
    number=1,
    account="a1",
    profile="pki/web",
    identifier=StoredIdentifier(type=IdentifierType.DNS, value="www.acme.example"),
    expires=NOON,
    challenges=(Challenge(type=ChallengeType.HTTP_01, token="dG9rZW4"),),
)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def documents(store: MemoryStore) -> Documents:
    return Documents(store, FakeRandomness())


def faulty(store: MemoryStore, *faults: Fault) -> tuple[FaultyStore, Documents]:
    """Documents over a store whose first writes fail as given."""
    wrapper = FaultyStore(store, dict(enumerate(faults, start=1)))
    return wrapper, Documents(wrapper, FakeRandomness(seed=1))


def an_order(number: int, account: str) -> Order:
    return Order(
        id=f"order{number}",
        account=account,
        profile="pki/web",
        identifiers=(),
        authorizations=(),
        serial=f"{number:02x}",
        created=NOON,
        expires=NOON + timedelta(hours=number),
    )


async def collect(
    documents: Documents, select: Select, value: str = "", **bounds: int
) -> list[str]:
    found = documents.scan(Order, select, value, limit=bounds.get("limit", 1000))
    return [each.document.id async for each in found]


async def test_a_created_document_reads_back_as_it_was_returned(documents: Documents) -> None:
    created = await documents.create(ACCOUNT)
    assert await documents.get(Account, "a1") == created
    assert created.document == ACCOUNT.but(last_operation=created.document.last_operation)


async def test_an_absent_document_is_none(documents: Documents) -> None:
    assert await documents.get(Account, "a1") is None
    assert await documents.change(Account, "a1", lambda account: account) is None


@pytest.mark.parametrize("id_", ["", "A1", "../a1", "a_1", "a1\n", "\udcff", "a" * 254])
async def test_an_id_that_no_document_can_have_is_not_asked_for(id_: str) -> None:
    store = FaultyStore(MemoryStore())
    store.reads_fail = True
    documents = Documents(store, FakeRandomness())
    assert await documents.get(Account, id_) is None
    with pytest.raises(ValueError, match="can't be the id"):
        await documents.create(ACCOUNT.but(id=id_))


async def test_every_write_names_an_operation_of_its_own(documents: Documents) -> None:
    created = await documents.create(ACCOUNT)
    replaced = await documents.replace(created, created.document)
    operations = {each.document.last_operation for each in (created, replaced)}
    assert len(operations) == 2
    assert "" not in operations


async def test_a_second_create_of_an_id_is_refused_and_changes_nothing(
    documents: Documents,
) -> None:
    first = await documents.create(ACCOUNT)
    with pytest.raises(AlreadyExists):
        await documents.create(ACCOUNT.but(profile="pki/other"))
    assert await documents.get(Account, "a1") == first


async def test_a_replace_over_another_version_is_refused(documents: Documents) -> None:
    read = await documents.create(ACCOUNT)
    winner = await documents.replace(read, ACCOUNT.but(contact=()))
    with pytest.raises(Conflict):
        await documents.replace(read, ACCOUNT.but(status=AccountStatus.DEACTIVATED))
    assert await documents.get(Account, "a1") == winner


async def test_a_deleted_document_is_gone_and_stays_deletable(documents: Documents) -> None:
    read = await documents.create(ACCOUNT)
    await documents.delete(read)
    await documents.delete(read)
    assert await documents.get(Account, "a1") is None


async def test_a_document_that_has_changed_is_not_deleted(documents: Documents) -> None:
    read = await documents.create(ACCOUNT)
    changed = await documents.replace(read, ACCOUNT.but(contact=()))
    with pytest.raises(Conflict):
        await documents.delete(read)
    assert await documents.get(Account, "a1") == changed


async def test_a_create_whose_answer_got_lost_has_succeeded(store: MemoryStore) -> None:
    _, documents = faulty(store, Fault.ANSWER_LOST)
    created = await documents.create(ACCOUNT)
    assert await documents.get(Account, "a1") == created


async def test_a_replace_whose_answer_got_lost_has_succeeded(
    store: MemoryStore, documents: Documents
) -> None:
    read = await documents.create(ACCOUNT)
    _, unlucky = faulty(store, Fault.ANSWER_LOST)
    replaced = await unlucky.replace(read, ACCOUNT.but(contact=()))
    assert await documents.get(Account, "a1") == replaced
    assert replaced.document.contact == ()


async def test_a_delete_whose_answer_got_lost_has_succeeded(
    store: MemoryStore, documents: Documents
) -> None:
    read = await documents.create(ACCOUNT)
    _, unlucky = faulty(store, Fault.ANSWER_LOST)
    await unlucky.delete(read)
    assert await documents.get(Account, "a1") is None


async def test_a_write_that_may_still_land_is_answered_503(
    store: MemoryStore, documents: Documents
) -> None:
    _, unlucky = faulty(store, Fault.LOST, Fault.LOST, Fault.LOST)
    with pytest.raises(ACMEError, match="didn't say whether") as creating:
        await unlucky.create(ACCOUNT)
    read = await documents.create(ACCOUNT)
    with pytest.raises(ACMEError, match="didn't say whether"):
        await unlucky.replace(read, ACCOUNT)
    with pytest.raises(ACMEError, match="didn't say whether"):
        await unlucky.delete(read)
    assert creating.value.problem.status is HTTPStatus.SERVICE_UNAVAILABLE
    assert creating.value.retry_after is not None


async def test_a_write_that_timed_out_behind_anothers_is_anothers(
    store: MemoryStore, documents: Documents
) -> None:
    read = await documents.create(ACCOUNT)
    await documents.replace(read, ACCOUNT.but(contact=()))
    _, unlucky = faulty(store, Fault.LOST, Fault.LOST, Fault.LOST)
    with pytest.raises(AlreadyExists):
        await unlucky.create(ACCOUNT)
    with pytest.raises(Conflict):
        await unlucky.replace(read, ACCOUNT)
    with pytest.raises(Conflict):
        await unlucky.delete(read)


async def test_a_write_is_503_when_its_outcome_cannot_be_read_either(store: MemoryStore) -> None:
    wrapper, documents = faulty(store, Fault.ANSWER_LOST)
    wrapper.reads_fail = True
    with pytest.raises(ACMEError, match="didn't say whether"):
        await documents.create(ACCOUNT)


async def test_reads_that_fail_are_503(store: MemoryStore) -> None:
    wrapper, documents = faulty(store)
    wrapper.reads_fail = True
    with pytest.raises(ACMEError, match="can't be reached"):
        await documents.get(Account, "a1")
    with pytest.raises(ACMEError, match="can't be reached"):
        await collect(documents, Select.EVERYTHING)


@pytest.mark.parametrize("fault", [Fault.KILLED_BEFORE, Fault.KILLED_AFTER])
async def test_a_killed_writer_writes_and_answers_nothing_more(
    store: MemoryStore, documents: Documents, fault: Fault
) -> None:
    _, dying = faulty(store, fault)
    with pytest.raises(WriterKilled):
        await dying.create(ACCOUNT)
    with pytest.raises(WriterKilled):
        await dying.get(Account, "a1")
    landed = await documents.get(Account, "a1") is not None
    assert landed is (fault is Fault.KILLED_AFTER)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"id": "a1", "schema": %d, "account": "x"}' % (SCHEMA + 1), id="fits"),
        pytest.param(
            b'{"id": "a1", "schema": %d, "accounts": 3}' % (SCHEMA + 1), id="does not fit"
        ),
    ],
)
async def test_a_document_by_a_newer_server_is_503(
    store: MemoryStore, documents: Documents, body: bytes
) -> None:
    await store.create(Record(Kind.ACCOUNT_KEY, "a1", body))
    with pytest.raises(ACMEError, match="newer server") as reading:
        await documents.get(AccountKey, "a1")
    assert reading.value.problem.status is HTTPStatus.SERVICE_UNAVAILABLE
    with pytest.raises(ACMEError, match="newer server"):
        await documents.change(AccountKey, "a1", lambda read: read.but(account="y"))


@pytest.mark.parametrize("body", [b"not JSON", b"[]", b'{"schema": "two"}', b'{"id": "a1"}'])
async def test_a_damaged_document_is_500_and_is_not_overwritten(
    store: MemoryStore, documents: Documents, body: bytes
) -> None:
    await store.create(Record(Kind.ACCOUNT_KEY, "a1", body))
    with pytest.raises(ACMEError, match="can't be read") as reading:
        await documents.get(AccountKey, "a1")
    assert reading.value.problem.status is HTTPStatus.INTERNAL_SERVER_ERROR
    with pytest.raises(AlreadyExists):
        await documents.create(AccountKey(id="a1", account="x"))


async def test_a_change_that_loses_decides_again_on_what_won(documents: Documents) -> None:
    await documents.create(ACCOUNT.but(contact=()))
    seen: list[int] = []

    def add(read: Account) -> Account:
        seen.append(len(read.contact))
        return read.but(contact=(*read.contact, f"mailto:{len(seen)}@acme.example"))

    async with asyncio.TaskGroup() as group:
        for _ in range(5):
            group.create_task(documents.change(Account, "a1", add))
    changed = await documents.get(Account, "a1")
    assert changed is not None
    assert len(set(changed.document.contact)) == 5
    assert len(seen) > 5


@pytest.mark.parametrize(
    "change", [lambda _: None, lambda read: read], ids=["none", "the same document"]
)
async def test_a_change_may_leave_the_document_as_it_is(
    documents: Documents, change: Callable[[Account], Account | None]
) -> None:
    created = await documents.create(ACCOUNT)
    assert await documents.change(Account, "a1", change) == created
    assert await documents.get(Account, "a1") == created


class ContendedStore(MemoryStore):
    """A store in which somebody else always comes first."""

    def __init__(self) -> None:
        super().__init__()
        self.attempts = 0

    async def replace(self, record: Record, version: str) -> str:
        self.attempts += 1
        await super().replace(record, version)
        raise Conflict(f"the {record.kind} {record.id} has changed")


class OverwritingStore(ContendedStore):
    """Somebody else comes first, and his document is what is found."""

    async def get(self, kind: Kind, id: str) -> Stored | None:  # noqa: A002
        stored = await super().get(kind, id)
        if stored is None:
            return None
        body = stored.record.body.replace(b'"lastOperation":"', b'"lastOperation":"another')
        return replace(stored, record=replace(stored.record, body=body))


async def test_a_change_gives_up_when_others_never_let_it_through() -> None:
    store = OverwritingStore()
    documents = Documents(store, FakeRandomness())
    await documents.create(ACCOUNT)
    with pytest.raises(ACMEError, match="at once") as losing:
        await documents.change(Account, "a1", lambda read: read.but(contact=()))
    assert losing.value.problem.status is HTTPStatus.SERVICE_UNAVAILABLE
    assert store.attempts == MAX_ATTEMPTS


async def test_a_conflict_with_ones_own_write_is_success() -> None:
    documents = Documents(ContendedStore(), FakeRandomness())
    read = await documents.create(ACCOUNT)
    replaced = await documents.replace(read, ACCOUNT.but(contact=()))
    assert await documents.get(Account, "a1") == replaced


async def test_what_does_not_fit_its_model_is_not_stored(documents: Documents) -> None:
    read = await documents.create(ACCOUNT)
    with pytest.raises(PydanticSerializationError):
        await documents.replace(read, ACCOUNT.but(contact=5))
    assert await documents.get(Account, "a1") == read


async def test_documents_are_found_by_owner_work_and_the_hour_they_expired(
    documents: Documents,
) -> None:
    for number in (3, 1, 2):
        await documents.create(an_order(number, account="a1" if number < 3 else "a2"))
    processing = AUTHORIZATION.challenges[0].but(status=ChallengeStatus.PROCESSING)
    await documents.create(AUTHORIZATION)
    await documents.create(AUTHORIZATION.but(id="slot2", challenges=(processing,)))

    assert await collect(documents, Select.EVERYTHING) == ["order1", "order2", "order3"]
    assert await collect(documents, Select.EVERYTHING, limit=2) == ["order1", "order2"]
    assert await collect(documents, Select.OWNED_BY, "a1") == ["order1", "order2"]
    due = hour(NOON + timedelta(hours=2))
    assert await collect(documents, Select.DUE_BEFORE, due) == ["order1"]
    pending = documents.scan(Authorization, Select.PENDING_WORK, "validation")
    assert [each.document.id async for each in pending] == ["slot2"]


async def test_finished_work_is_not_found_any_more(documents: Documents) -> None:
    processing = AUTHORIZATION.challenges[0].but(status=ChallengeStatus.PROCESSING)
    await documents.create(AUTHORIZATION.but(challenges=(processing,)))
    await documents.change(
        Authorization,
        "slot1",
        lambda read: read.but(challenges=(processing.but(status=ChallengeStatus.VALID),)),
    )
    found = documents.scan(Authorization, Select.PENDING_WORK, "validation")
    assert [each async for each in found] == []


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 23, 17, 59, 59, tzinfo=UTC), "2026-11-23T17Z"),
        (datetime(2026, 11, 23, 0, 30, tzinfo=timezone(timedelta(hours=1))), "2026-11-22T23Z"),
    ],
)
def test_an_hour_is_rendered_in_utc(moment: datetime, expected: str) -> None:
    assert hour(moment) == expected
