from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acme_server.cli.issued import REASONS
from acme_server.domain.documents.certificates import Certificate, Revocation
from acme_server.domain.documents.document import Kind
from acme_server.domain.documents.members import StoredIdentifier
from acme_server.ports import Record
from acme_server.services.documents import Documents
from acme_server.stores.sql.sqlite import SQLiteStore
from acme_server.system import SystemClock, SystemRandomness
from certwright.policy.identifiers import IdentifierType
from tests.service.cli.running import run, run_json

ISSUED = datetime(2026, 1, 1, 12, 0, 0, 250_000, tzinfo=UTC)
PEM = "-----BEGIN CERTIFICATE-----"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
async def store(data: Path) -> AsyncIterator[SQLiteStore]:
    """Give the database as a running server has it open."""
    store = SQLiteStore.open(data / "certwright.db")
    yield store
    await store.close()


def certificate(number: int, **changes: object) -> Certificate:
    """Return a certificate that is good for 47 days from now."""
    found = Certificate(
        id=f"{number:040x}",
        certificate=PEM,
        issuer="issuer",
        order=f"order-{number}",
        account="anna",
        profile="pki/web",
        request_digest="digest",
        not_before=ISSUED,
        not_after=SystemClock().now().replace(microsecond=0) + timedelta(days=47),
        issued=ISSUED - timedelta(seconds=number),
        identifiers=tuple(
            StoredIdentifier(type=IdentifierType.DNS, value=name)
            for name in ("www.example.test", "*.example.test")
        ),
    )
    return found.but(**changes)


def revocation(reason: int = 4, by: str = "account:anna") -> Revocation:
    return Revocation(time=ISSUED, reason=reason, by=by)


async def keep(store: SQLiteStore, *found: Certificate) -> None:
    documents = Documents(store, SystemRandomness())
    for each in found:
        await documents.create(each)


async def test_the_list_is_read_while_a_server_runs_the_latest_last(
    store: SQLiteStore, data: Path
) -> None:
    await keep(store, certificate(1), certificate(2))
    shown = run("certificates", "--data", data)
    assert (shown.exit_code, shown.stderr) == (0, "")
    header, *rows = shown.stdout.splitlines()
    assert header.split() == ["SERIAL", "PROFILE", "ACCOUNT", "NOT", "AFTER", "STATE", "NAMES"]
    assert [row.split()[0] for row in rows] == [f"{number:040x}" for number in (2, 1)]
    assert rows[0].split()[1:3] == ["pki/web", "anna"]
    assert rows[0].endswith("valid  www.example.test, *.example.test")


async def test_programs_get_all_of_it_but_the_certificate(store: SQLiteStore, data: Path) -> None:
    await keep(store, certificate(1, not_after=ISSUED + timedelta(days=47)))
    code, [found] = run_json("certificates", "--data", data)
    assert code == 0
    assert found == {
        "serial": f"{1:040x}",
        "names": ["www.example.test", "*.example.test"],
        "profile": "pki/web",
        "account": "anna",
        "order": "order-1",
        "issued": "2026-01-01T11:59:59Z",
        "notBefore": "2026-01-01T12:00:00.250000Z",
        "notAfter": "2026-02-17T12:00:00.250000Z",
        "state": "expired",
        "revoked": None,
    }


async def test_a_revocation_is_shown_with_when_why_and_by_whom(
    store: SQLiteStore, data: Path
) -> None:
    await keep(store, certificate(1, revocation=revocation()))
    assert "revoked 2026-01-01T12:00:00Z superseded" in run("certificates", "--data", data).stdout
    _, [found] = run_json("certificates", "--data", data)
    assert found["state"] == "revoked"
    assert found["revoked"] == {
        "time": "2026-01-01T12:00:00Z",
        "reason": "superseded",
        "by": "account:anna",
    }


async def test_what_is_revoked_stays_so_after_its_end(store: SQLiteStore, data: Path) -> None:
    await keep(store, certificate(1, revocation=revocation(), not_after=ISSUED))
    _, [found] = run_json("certificates", "--data", data)
    assert found["state"] == "revoked"


@pytest.mark.parametrize("code", [*REASONS, 7])
async def test_every_reason_has_its_word_and_one_that_is_none_its_number(
    store: SQLiteStore, data: Path, code: int
) -> None:
    await keep(store, certificate(1, revocation=revocation(code)))
    _, [found] = run_json("certificates", "--data", data)
    assert found["revoked"]["reason"] == {**REASONS, 7: "7"}[code]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((), [3, 2, 1]),
        (("--profile", "pki/web"), [2, 1]),
        (("--profile", "pki/none"), []),
        (("--revoked",), [3, 2]),
        (("--revoked", "--profile", "pki/web"), [2]),
    ],
)
async def test_the_list_can_be_narrowed(
    store: SQLiteStore, data: Path, filters: tuple[str, ...], expected: list[int]
) -> None:
    await keep(
        store,
        certificate(1),
        certificate(2, revocation=revocation()),
        certificate(3, revocation=revocation(), profile="pki/mail"),
    )
    _, found = run_json("certificates", "--data", data, *filters)
    assert [int(each["serial"], 16) for each in found] == expected


@pytest.mark.usefixtures("store")
def test_none_is_told_to_people_and_an_empty_list_to_programs(data: Path) -> None:
    shown = run("certificates", "--data", data)
    assert (shown.exit_code, shown.stdout, shown.stderr) == (0, "", "no certificates\n")
    assert run_json("certificates", "--data", data) == (0, [])


def test_no_data_folder_is_told(tmp_path: Path) -> None:
    shown = run("certificates", "--data", tmp_path / "none")
    assert shown.exit_code == 2
    assert f"there is no data folder {tmp_path / 'none'}" in shown.stderr


def test_a_folder_without_a_database_is_told(data: Path) -> None:
    shown = run("certificates", "--data", data)
    assert shown.exit_code == 2
    assert f"there is no database {data / 'certwright.db'}" in shown.stderr
    assert not list(data.iterdir())


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{}", id="no certificate"),
        pytest.param(
            certificate(1, schema_version=99).model_dump_json(by_alias=True).encode(), id="newer"
        ),
    ],
)
async def test_a_certificate_that_cannot_be_read_is_told_not_left_out(
    store: SQLiteStore, data: Path, body: bytes
) -> None:
    await store.create(Record(Kind.CERTIFICATE, "abc", body))
    shown = run("certificates", "--data", data)
    assert shown.exit_code == 2
    assert "the certificate abc in the database" in shown.stderr
