import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from acme_server.cli.objects import standings
from acme_server.sources.folder import FolderSource
from acme_server.standalone.apply import DataFolder
from acme_server.standalone.files import Files
from certwright.pki import certificates, keys
from certwright.reconcile.effects import Effects
from tests.end_to_end.harness import documents
from tests.end_to_end.harness.documents import Document
from tests.fakes.clock import FakeClock
from tests.fakes.randomness import FakeRandomness
from tests.service.cli.running import run, run_json

Serve = Callable[..., None]
URL = "https://acme.test/acme/pki/web/directory"
VALID = "the certificate is valid until 2031-11-22T11:55:00Z"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def source(tmp_path: Path, data: Path) -> FolderSource:
    """Give what keeps the data folder as a server does, without the server."""
    data.mkdir()
    effects = Effects(keys.generate, FakeRandomness().token, certificates.random_serial)
    keeper = DataFolder(Files(data))
    return FolderSource(tmp_path / "documents", keeper, effects, FakeClock(), "https://acme.test")


async def serve(source: FolderSource, data: Path, **files: list[Document]) -> None:
    """Put the standard documents, and others, into force."""
    given = documents.standard() | {f"{name}.yaml": found for name, found in files.items()}
    documents.write(data.with_name("documents"), given)
    await source.start()


async def test_all_ready_exits_0_and_shows_what_people_look_for(
    source: FolderSource, data: Path
) -> None:
    await serve(
        source, data, credential=[documents.credential(expirationTime="2030-01-01T00:00:00Z")]
    )
    shown = run("status", "--data", data)
    assert (shown.exit_code, shown.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in shown.stdout.splitlines()]
    assert lines == [
        "KIND NAMESPACE NAME READY REASON MESSAGE",
        f"CertificateAuthority pki issuing True Issued {VALID}",
        "to be renewed: 2030-11-22T11:55:00Z",
        f"CertificateAuthority pki root True Issued {VALID}",
        "to be renewed: 2030-11-22T11:55:00Z",
        "CertificateTemplate pki web-server True Valid profiles may refer to it",
        f"CertificateProfile pki web True Served its ACME directory is {URL}",
        "EABCredential team-a default True Granted binds accounts under grant teams",
        "KID: team-a.default",
        f"secret: {data}/secrets/team-a/default/secret",
        "may have: **.team-a.example.test, 127.0.0.1/32",
        "expires: 2030-01-01T00:00:00Z",
    ]


async def test_what_is_not_ready_exits_1_and_says_why(source: FolderSource, data: Path) -> None:
    offline = documents.document(
        "CertificateAuthority", "pki", "issuing", intermediate={}, commonName="Issuing"
    )
    authorities = [documents.authorities()[0], offline]
    await serve(source, data, authorities=authorities, credential=[])
    shown = run("status", "--data", data)
    assert shown.exit_code == 1
    assert "False  CertificateAwaited" in shown.stdout
    assert "CSR: status.csr in" in shown.stdout
    assert f"directory: {URL}" in shown.stdout


@pytest.mark.parametrize("lost", [False, True], ids=["never there", "lost"])
async def test_a_key_that_a_person_must_bring_is_told_with_its_file(
    source: FolderSource, data: Path, lost: bool
) -> None:
    _, issuing = documents.authorities()
    if lost:
        await serve(source, data)
        (data / "signers/pki/root/tls.key").unlink()
        await source.start()
    else:
        root = documents.document(
            "CertificateAuthority",
            "pki",
            "root",
            root={},
            commonName="Example Root",
            privateKey={"generate": "Never"},
        )
        await serve(source, data, authorities=[root, issuing])
    shown = run("status", "--data", data)
    assert shown.exit_code == 1
    assert ("KeyMissing" if lost else "KeyNotProvided") in shown.stdout
    assert f"key: {data}/signers/pki/root/tls.key" in shown.stdout
    assert "signers/pki/issuing" not in shown.stdout


async def test_an_imported_authority_is_told_with_the_folder_of_its_secret(
    source: FolderSource, data: Path
) -> None:
    imported = {"secretRef": {"name": "acme-ca"}}
    root = documents.document("CertificateAuthority", "pki", "root", imported=imported)
    await serve(source, data, authorities=[root, documents.authorities()[1]])
    shown = run("status", "--data", data)
    assert "SecretNotFound" in shown.stdout
    assert f"imported from: {data}/secrets/pki/acme-ca" in shown.stdout


async def test_a_secret_that_is_lost_is_told_with_the_file_to_restore(
    source: FolderSource, data: Path
) -> None:
    await serve(source, data)
    (data / "credentials/team-a/default.json").unlink()
    await source.start()
    shown = run("status", "--data", data)
    assert shown.exit_code == 1
    assert "SecretMissing" in shown.stdout
    assert f"to be restored: {data}/credentials/team-a/default.json" in shown.stdout


async def test_a_credential_under_no_grant_has_nothing_to_show(
    source: FolderSource, data: Path
) -> None:
    await serve(source, data, namespaces=[])
    shown = run("status", "--data", data)
    assert shown.exit_code == 1
    assert "NotGranted" in shown.stdout
    assert "may have" not in shown.stdout


async def test_a_refused_edit_exits_1_though_the_object_is_ready(
    source: FolderSource, data: Path
) -> None:
    await serve(source, data)
    authorities = documents.authorities()
    authorities[0]["spec"]["commonName"] = "Another Root"
    await serve(source, data, authorities=authorities)
    shown = run("status", "--data", data)
    assert shown.exit_code == 1
    assert "EditRefused: the edited document is refused" in shown.stdout
    assert "False" not in shown.stdout


async def test_broken_documents_come_first_and_exit_1_though_all_objects_are_ready(
    source: FolderSource, data: Path
) -> None:
    await serve(source, data)
    folder = data.with_name("documents")
    (folder / "more.yaml").write_text("kind: EABCredential\nspec: [\n")
    for _ in range(3):
        await source.look()
    shown = run("status", "--data", data)
    assert shown.exit_code == 1
    _, first, second, *_ = shown.stdout.splitlines()
    assert first.split()[:3] == ["Documents", "False", "Broken"]
    assert "the last good state stays in force until all of this is mended:" in first
    assert second.strip().startswith(f"{folder}/more.yaml:")
    assert shown.stdout.count("False") == 1
    code, found = run_json("status", "--data", data)
    assert code == 1
    assert (found[0]["kind"], found[0]["ready"], found[0]["reason"]) == (
        "Documents",
        False,
        "Broken",
    )
    assert found[0]["status"]["errors"] == [second.strip()]
    assert set(found[0]) == set(found[1])
    (folder / "more.yaml").unlink()
    for _ in range(3):
        await source.look()
    assert run("status", "--data", data).exit_code == 0


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"errors": 1}'])
async def test_damaged_errors_are_told_by_their_file(
    source: FolderSource, data: Path, content: str
) -> None:
    await serve(source, data)
    (data / "documents.json").write_text(content)
    shown = run("status", "--data", data)
    assert shown.exit_code == 2
    assert f"{data}/documents.json is damaged" in shown.stderr


async def test_errors_that_cannot_be_read_are_told(source: FolderSource, data: Path) -> None:
    await serve(source, data)
    (data / "documents.json").mkdir()
    shown = run("status", "--data", data)
    assert shown.exit_code == 2
    assert "documents.json can't be read" in shown.stderr


async def test_programs_get_the_whole_status(source: FolderSource, data: Path) -> None:
    await serve(source, data)
    code, found = run_json("status", "--data", data)
    assert code == 0
    profile = next(each for each in found if each["kind"] == "CertificateProfile")
    assert profile["status"]["directoryURL"] == URL
    assert {name: profile[name] for name in ("namespace", "name", "ready", "reason")} == {
        "namespace": "pki",
        "name": "web",
        "ready": True,
        "reason": "Served",
    }
    authority = next(each for each in found if each["name"] == "root")
    assert authority["status"]["certificate"].startswith("-----BEGIN CERTIFICATE-----")


async def test_an_object_without_conditions_is_not_ready(source: FolderSource, data: Path) -> None:
    await serve(source, data)
    path = data / "status" / "pki" / "CertificateTemplate" / "web-server.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"status": {}}))
    shown = run("status", "--data", data)
    assert shown.exit_code == 1
    assert "Unknown" in shown.stdout
    _, found = run_json("status", "--data", data)
    [template] = [each for each in found if each["kind"] == "CertificateTemplate"]
    assert (template["ready"], template["reason"], template["message"]) == (False, "", "")


def test_no_data_folder_is_told(data: Path) -> None:
    shown = run("status", "--data", data)
    assert shown.exit_code == 2
    assert f"there is no status in {data}" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_the_data_folder_is_looked_for_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "there is no status in certwright-data" in run("status").stderr


async def test_a_damaged_file_is_told_by_its_name(source: FolderSource, data: Path) -> None:
    await serve(source, data)
    path = data / "status" / "pki" / "CertificateTemplate" / "web-server.json"
    path.write_text("{")
    shown = run("status", "--data", data)
    assert shown.exit_code == 2
    assert f"{path} is damaged" in shown.stderr


async def test_what_cannot_be_read_is_told(source: FolderSource, data: Path) -> None:
    await serve(source, data)
    shutil.rmtree(data / "status" / "pki")
    (data / "status" / "pki").write_text("")
    shown = run("status", "--data", data)
    assert shown.exit_code == 2
    assert "can't be read" in shown.stderr


async def test_what_a_server_removes_meanwhile_is_passed_over(
    source: FolderSource, data: Path
) -> None:
    await serve(source, data)
    path = data / "status" / "pki" / "CertificateTemplate" / "web-server.json"
    path.unlink()
    path.symlink_to(data / "gone")
    kinds = [each.resource.kind for each in standings(data)]
    assert "CertificateTemplate" not in kinds
    assert len(kinds) == 4
