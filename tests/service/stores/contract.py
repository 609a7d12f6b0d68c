"""The contract of the `Store` port, as tests that a store's test module inherits."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.document import Kind
from acme_server.domain.documents.members import StoredIdentifier
from acme_server.domain.documents.states import ChallengeStatus
from acme_server.ports import AlreadyExists, Conflict, Record, Select, Selection, Store, Stored
from acme_server.services.documents import Documents
from certwright.policy.identifiers import IdentifierType
from tests.fakes.randomness import FakeRandomness


class ClosableStore(Store, Protocol):
    """A store that can be closed, and that others can open again."""

    async def close(self) -> None: ...


_REPOSITORY = Path(__file__).parents[3]

Opener = Callable[[], Awaitable[ClosableStore]]


def order(id_: str = "o1", body: bytes = b"{}", **marks: str) -> Record:
    return Record(Kind.ORDER, id_, body, **marks)


async def ids(store: Store, selection: Selection) -> list[str]:
    return [stored.record.id async for stored in store.scan(selection)]


async def outcomes(attempts: Sequence[Awaitable[str]]) -> tuple[list[str], list[BaseException]]:
    """Run attempts at once; return the versions of those that won and the losers' errors."""
    ended = await asyncio.gather(*attempts, return_exceptions=True)
    won = [each for each in ended if isinstance(each, str)]
    return won, [each for each in ended if isinstance(each, BaseException)]


AUTHORIZATION = Authorization(
    id="slot1",
    number=1,
    account="a1",
    profile="pki/web",
    identifier=StoredIdentifier(type=IdentifierType.DNS, value="www.acme.example"),
    expires=datetime(2026, 11, 23, 12, tzinfo=UTC),
    challenges=(Challenge(type=ChallengeType.HTTP_01, token="dG9rZW4"),),
)


class StoreContract:
    """What every store promises. A subclass has a fixture `store`."""

    async def test_an_absent_document_is_none(self, store: Store) -> None:
        assert await store.get(Kind.ORDER, "o1") is None

    @pytest.mark.parametrize(
        "record",
        [
            pytest.param(order(), id="no marks"),
            pytest.param(
                order(owner="a1", work="validation", due="2026-11-23T17Z"), id="all marks"
            ),
            pytest.param(order(body=bytes(range(256)) * 400), id="100 KiB of any bytes"),
            pytest.param(order(body=b""), id="nothing"),
        ],
    )
    async def test_a_created_record_reads_back_whole(self, store: Store, record: Record) -> None:
        version = await store.create(record)
        assert await store.get(Kind.ORDER, "o1") == Stored(record, version)

    async def test_kinds_share_ids_without_meeting(self, store: Store) -> None:
        await store.create(order(body=b"order"))
        await store.create(Record(Kind.ACCOUNT, "o1", b"account"))
        found = await store.get(Kind.ACCOUNT, "o1")
        assert found is not None
        assert found.record.body == b"account"

    async def test_a_second_create_of_an_id_is_refused_and_changes_nothing(
        self, store: Store
    ) -> None:
        version = await store.create(order(body=b"first"))
        with pytest.raises(AlreadyExists):
            await store.create(order(body=b"second"))
        assert await store.get(Kind.ORDER, "o1") == Stored(order(body=b"first"), version)

    async def test_a_replace_gives_a_new_version_and_all_new_marks(self, store: Store) -> None:
        old = await store.create(order(owner="a1", work="validation"))
        replacement = order(body=b"new", due="2026-11-23T17Z")
        new = await store.replace(replacement, old)
        assert new != old
        assert await store.get(Kind.ORDER, "o1") == Stored(replacement, new)

    async def test_a_replace_over_an_old_version_is_refused_and_changes_nothing(
        self, store: Store
    ) -> None:
        old = await store.create(order())
        current = await store.replace(order(body=b"winner"), old)
        with pytest.raises(Conflict):
            await store.replace(order(body=b"loser"), old)
        assert await store.get(Kind.ORDER, "o1") == Stored(order(body=b"winner"), current)

    async def test_what_is_not_there_can_be_neither_replaced_nor_deleted(
        self, store: Store
    ) -> None:
        version = await store.create(order())
        with pytest.raises(Conflict):
            await store.replace(order("o2"), version)
        with pytest.raises(Conflict):
            await store.delete(Kind.ORDER, "o2", version)
        assert await store.get(Kind.ORDER, "o2") is None

    async def test_a_delete_takes_the_current_version_only(self, store: Store) -> None:
        old = await store.create(order())
        current = await store.replace(order(), old)
        with pytest.raises(Conflict):
            await store.delete(Kind.ORDER, "o1", old)
        assert await store.get(Kind.ORDER, "o1") is not None
        await store.delete(Kind.ORDER, "o1", current)
        assert await store.get(Kind.ORDER, "o1") is None

    async def test_a_document_made_anew_does_not_answer_to_an_old_version(
        self, store: Store
    ) -> None:
        old = await store.create(order())
        await store.delete(Kind.ORDER, "o1", old)
        await store.create(order())
        with pytest.raises(Conflict):
            await store.replace(order(), old)

    @pytest.mark.parametrize(
        ("selection", "expected"),
        [
            (Selection(Kind.ORDER), ["0a", "1", "a", "b", "c"]),
            (Selection(Kind.ACCOUNT), ["a"]),
            (Selection(Kind.CERTIFICATE), []),
            (Selection(Kind.ORDER, limit=2), ["0a", "1"]),
            (Selection(Kind.ORDER, limit=0), []),
            (Selection(Kind.ORDER, after="1"), ["a", "b", "c"]),
            (Selection(Kind.ORDER, after="2", limit=1), ["a"]),
            (Selection(Kind.ORDER, Select.OWNED_BY, "x"), ["1", "b", "c"]),
            (Selection(Kind.ORDER, Select.OWNED_BY, "x", after="b"), ["c"]),
            (Selection(Kind.ORDER, Select.OWNED_BY, "x", limit=1), ["1"]),
            (Selection(Kind.ORDER, Select.OWNED_BY, ""), []),
            (Selection(Kind.ORDER, Select.PENDING_WORK, "validation"), ["a", "c"]),
            (Selection(Kind.ORDER, Select.PENDING_WORK, "other"), []),
            (Selection(Kind.ORDER, Select.DUE_BEFORE, "2026-11-23T18Z"), ["0a", "c"]),
            (Selection(Kind.ORDER, Select.DUE_BEFORE, "2026-11-23T17Z"), ["c"]),
            (Selection(Kind.ORDER, Select.DUE_BEFORE, "2026-11-23T18Z", after="1"), ["c"]),
            (Selection(Kind.ORDER, Select.DUE_BEFORE, "2026-11-23T18Z", limit=1), ["0a"]),
        ],
        ids=str,
    )
    async def test_a_scan_yields_its_selection_in_order_of_ids(
        self, store: Store, selection: Selection, expected: list[str]
    ) -> None:
        for record in (
            order("c", owner="x", work="validation", due="2026-11-23T09Z"),
            order("a", owner="y", work="validation"),
            order("0a", due="2026-11-23T17Z"),
            order("b", owner="x"),
            order("1", owner="x", due="2027-01-01T00Z"),
            Record(Kind.ACCOUNT, "a", b"{}", owner="x"),
        ):
            await store.create(record)
        assert await ids(store, selection) == expected

    async def test_a_scan_follows_marks_as_they_change(self, store: Store) -> None:
        version = await store.create(order(work="validation"))
        await store.replace(order(owner="a1"), version)
        assert await ids(store, Selection(Kind.ORDER, Select.PENDING_WORK, "validation")) == []
        assert await ids(store, Selection(Kind.ORDER, Select.OWNED_BY, "a1")) == ["o1"]

    async def test_a_long_scan_yields_every_document_once(self, store: Store) -> None:
        written = [f"{number:04x}" for number in range(1203)]
        await asyncio.gather(*(store.create(order(each)) for each in written))
        assert await ids(store, Selection(Kind.ORDER, limit=5000)) == written
        assert await ids(store, Selection(Kind.ORDER)) == written[:1000]

    async def test_members_that_this_server_does_not_know_survive_a_change(
        self, store: Store
    ) -> None:
        """Who goes back to an older server must not lose what the newer one wrote."""
        body = AUTHORIZATION.model_dump(mode="json", by_alias=True)
        body["newMember"] = None
        body["challenges"][0]["newerStill"] = {"deep": [1, "two", {"three": False}]}
        written = json.dumps(body).encode()
        await store.create(Record(Kind.AUTHORIZATION, AUTHORIZATION.id, written, owner="a1"))
        documents = Documents(store, FakeRandomness())
        (scanned,) = [each async for each in documents.scan_all(Authorization)]

        def start(read: Authorization) -> Authorization:
            challenge = read.challenges[0].but(status=ChallengeStatus.PROCESSING)
            return read.but(challenges=(challenge,))

        assert start(scanned.document).challenges[0].model_extra == {
            "newerStill": {"deep": [1, "two", {"three": False}]}
        }
        await documents.change(Authorization, AUTHORIZATION.id, start)
        stored = await store.get(Kind.AUTHORIZATION, AUTHORIZATION.id)
        assert stored is not None
        kept = json.loads(stored.record.body)
        body["challenges"][0]["status"] = "processing"
        assert kept.pop("lastOperation") != body.pop("lastOperation")
        assert kept == body

    async def test_writes_go_on_during_a_scan(self, store: Store) -> None:
        await asyncio.gather(*(store.create(order(f"{number:04x}")) for number in range(500)))
        seen = 0
        async for stored in store.scan(Selection(Kind.ORDER)):
            await store.delete(Kind.ORDER, stored.record.id, stored.version)
            seen += 1
        assert seen == 500
        assert await ids(store, Selection(Kind.ORDER)) == []

    async def test_one_of_fifty_creates_of_an_id_wins(self, store: Store) -> None:
        won, lost = await outcomes(
            [store.create(order(body=b"%d" % number)) for number in range(50)]
        )
        assert len(won) == 1
        assert {type(error) for error in lost} == {AlreadyExists}
        stored = await store.get(Kind.ORDER, "o1")
        assert stored is not None
        assert stored.version == won[0]

    async def test_one_of_fifty_replaces_of_a_version_wins(self, store: Store) -> None:
        version = await store.create(order())
        won, lost = await outcomes(
            [store.replace(order(body=b"%d" % number), version) for number in range(50)]
        )
        assert len(won) == 1
        assert {type(error) for error in lost} == {Conflict}
        stored = await store.get(Kind.ORDER, "o1")
        assert stored is not None
        assert stored.version == won[0]

    async def test_writes_that_fail_do_not_harm_those_beside_them(self, store: Store) -> None:
        version = await store.create(order("taken"))
        attempts = [store.create(order(f"free{number}")) for number in range(20)]
        attempts[5:5] = [store.create(order("taken")), store.replace(order("absent"), version)]
        won, lost = await outcomes(attempts)
        assert len(won) == 20
        assert [type(error) for error in lost] == [AlreadyExists, Conflict]
        assert len(await ids(store, Selection(Kind.ORDER))) == 21

    async def test_a_cancelled_writer_harms_nobody(self, store: Store) -> None:
        tasks = [asyncio.create_task(store.create(order(f"{number:02d}"))) for number in range(20)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, str) for each in ended[1::2])
        # A cancelled write may have landed, whole; the others have, and the store works on.
        present = await ids(store, Selection(Kind.ORDER))
        assert {f"{number:02d}" for number in range(1, 20, 2)} <= set(present)
        assert await store.create(order("after"))


class DurableStoreContract(StoreContract):
    """What a store promises that outlives its process.

    A subclass has a fixture `open_store`, which opens the same database anew at each call, and an
    `endless_writer`, the arguments of a program that writes to it (`endless_writer.py`).
    """

    @pytest.fixture
    async def store(self, open_store: Opener) -> AsyncIterator[ClosableStore]:
        store = await open_store()
        yield store
        await store.close()

    async def test_everything_is_there_after_a_reopening(self, open_store: Opener) -> None:
        record = order(owner="a1", work="validation", due="2026-11-23T17Z")
        first = await open_store()
        version = await first.create(record)
        await first.close()
        second = await open_store()
        assert await second.get(Kind.ORDER, "o1") == Stored(record, version)
        assert await second.replace(record, version)
        await second.close()

    async def test_closing_finishes_what_was_begun(self, open_store: Opener) -> None:
        first = await open_store()
        tasks = [asyncio.create_task(first.create(order(f"{number}"))) for number in range(50)]
        await asyncio.sleep(0)
        await first.close()
        assert all(isinstance(each, str) for each in await asyncio.gather(*tasks))
        second = await open_store()
        assert len(await ids(second, Selection(Kind.ORDER))) == 50
        await second.close()

    async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(
        self, open_store: Opener, endless_writer: list[str]
    ) -> None:
        program = "tests.service.stores.endless_writer"
        writer = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", program, *endless_writer),
            stdout=asyncio.subprocess.PIPE,
            cwd=_REPOSITORY,
        )
        assert writer.stdout is not None
        acknowledged = [(await writer.stdout.readline()).decode().split() for _ in range(300)]
        writer.kill()
        rest = (await writer.stdout.read()).decode().splitlines(keepends=True)
        assert await writer.wait() == -signal.SIGKILL
        # The last line may be torn; what it says was acknowledged, but can't be read.
        acknowledged += [line.split() for line in rest if line.endswith("\n")]

        store = await open_store()
        for id_, version in acknowledged:
            stored = await store.get(Kind.ORDER, id_)
            assert stored is not None
            assert stored.version == version
        await store.close()
