"""A server that may not write its state says so to clients, to probes and in its log."""

import asyncio
import logging

import pytest

from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.document import Kind
from acme_server.domain.problems import ACMEError
from acme_server.ports import Record, Stored, StoreForbidden, StoreUnavailable, StoreUnwritable
from acme_server.services.documents import Documents, Versioned
from acme_server.services.write_access import LOOK_AGAIN, LOOK_EVERY, WriteAccess
from acme_server.stores.memory import MemoryStore
from tests.fakes.clock import FakeClock
from tests.fakes.randomness import FakeRandomness
from tests.service.test_documents import ACCOUNT

RULE = "only system:serviceaccount:certwright-acme:certwright-acme may write"


class Guarded(MemoryStore):
    """A store whose writes a rule refuses, and its reads too if a test says so."""

    def __init__(self) -> None:
        super().__init__()
        #: What comes of the next trials; of those after them, the last one again.
        self.outcomes: list[StoreUnavailable | None] = [StoreForbidden(RULE)]
        self.reads = True

    async def get(self, kind: Kind, id: str) -> Stored | None:  # noqa: A002
        """Read, unless that is refused too."""
        if not self.reads:
            raise StoreForbidden(RULE)
        return await super().get(kind, id)

    async def create(self, record: Record) -> str:
        """Refuse."""
        raise StoreForbidden(f"{record.id}: {RULE}")

    async def replace(self, record: Record, version: str) -> str:
        """Refuse."""
        raise StoreForbidden(f"{record.id} at {version}: {RULE}")

    async def delete(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
        """Refuse."""
        raise StoreForbidden(f"{kind} {id} at {version}: {RULE}")

    async def try_writing(self) -> None:
        """Do what a test says."""
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if outcome is not None:
            raise outcome


@pytest.fixture
def store() -> Guarded:
    return Guarded()


async def test_clients_are_asked_to_come_back_and_told_whose_business_it_is(
    store: Guarded,
) -> None:
    documents = Documents(store, FakeRandomness())
    read = Versioned(ACCOUNT, "1")
    for write in (
        documents.create(ACCOUNT),
        documents.replace(read, ACCOUNT),
        documents.delete(read),
    ):
        with pytest.raises(ACMEError) as refused:
            await write
        told = refused.value
        assert told.problem.status == 503
        assert told.retry_after == 60
        assert "isn't allowed to write its state" in told.problem.detail
        assert "serviceaccount" not in told.problem.detail
    store.reads = False
    with pytest.raises(ACMEError, match="isn't allowed to read its state"):
        await documents.get(Account, "a1")


async def test_a_refusal_is_a_reason_not_to_be_ready_and_told_once(
    store: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    access = WriteAccess(store, FakeClock())
    assert await access.lacking() is None
    for _ in range(2):
        await access.look()
    assert await access.lacking() == f"this server isn't allowed to write its state: {RULE}"
    # While nobody can tell, what was known stays.
    store.outcomes = [StoreUnavailable("away")]
    await access.look()
    assert await access.lacking() is not None
    store.outcomes = [None]
    await access.look()
    assert await access.lacking() is None
    store.outcomes = [StoreUnavailable("away")]
    await access.look()
    assert await access.lacking() is None
    assert [each.levelname for each in caplog.records] == ["ERROR", "INFO"]
    assert RULE in caplog.text


async def test_a_store_that_takes_nobodys_writes_is_told_apart_from_one_that_refuses_ours(
    store: Guarded,
) -> None:
    access = WriteAccess(store, FakeClock())
    store.outcomes = [StoreUnwritable("the disk is full")]
    await access.look()
    assert await access.lacking() == "this server can't write its state: the disk is full"


async def test_a_refusal_is_looked_at_more_often_than_what_is_well(store: Guarded) -> None:
    clock = Counting(4)
    store.outcomes = [StoreForbidden(RULE), StoreForbidden(RULE), None]
    with pytest.raises(asyncio.CancelledError):
        await WriteAccess(store, clock).run()
    assert clock.slept == [LOOK_EVERY, LOOK_AGAIN, LOOK_AGAIN, LOOK_EVERY]


class Counting(FakeClock):
    """A clock by which somebody sleeps so many times, and is cancelled."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.slept: list[float] = []
        self._number = number

    async def sleep(self, seconds: float) -> None:
        """Note the pause."""
        self.slept.append(seconds)
        if len(self.slept) == self._number:
            raise asyncio.CancelledError
