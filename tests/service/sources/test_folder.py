import json
import logging
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from acme_server.ports import Bundles
from acme_server.sources.folder import FolderBroken, FolderSource, KeepingFailed
from acme_server.sources.snapshot import Snapshot
from acme_server.standalone.files import Files
from certwright.bundles.document import BundleRefused
from certwright.pki import keys
from certwright.pki.keys import KeyAlgorithm, KeyType
from certwright.reconcile.plan import Plan
from certwright.reconcile.world import Kind
from tests.service.sources.shed import DOCUMENTS, NOW, Shed


@pytest.fixture
def shed(tmp_path: Path) -> Shed:
    return Shed(tmp_path)


async def test_a_folder_serves_its_profiles_and_credentials(shed: Shed) -> None:
    source: Bundles = await shed.start()
    profile = await source.profile("pki", "web")
    assert profile is not None
    assert profile.refusal is None
    assert profile.signer is not None
    credential = await source.credential("pki.default")
    assert credential is not None
    assert credential.refusal_for_binding(NOW) is None
    assert await source.profile("pki", "other") is None
    assert await source.credential("pki.other") is None


async def test_profiles_and_their_hostnames_are_listed(shed: Shed) -> None:
    source = await shed.start()
    assert [profile.key for profile in source.profiles] == ["pki/own", "pki/web"]
    assert source.hostnames == {"web.acme.com"}


async def test_a_broken_folder_does_not_start_and_every_error_is_told(shed: Shed) -> None:
    with pytest.raises(FolderBroken) as broken:
        await shed.start(DOCUMENTS.replace("root: {}", "rot: {}").replace("1128h", "47d"))
    assert len(broken.value.errors) >= 2
    assert "spec.rot" in str(broken.value)
    assert "47d" in str(broken.value)
    assert not shed.tree()


async def test_an_edit_takes_effect_without_a_restart(shed: Shed) -> None:
    source = await shed.start()
    shed.write(DOCUMENTS.replace("root: {}", "state: Retired, root: {}"))
    await shed.look()
    profile = await source.profile("pki", "web")
    assert profile is not None
    assert profile.refusal is not None
    shed.write(DOCUMENTS)
    await shed.look()
    profile = await source.profile("pki", "web")
    assert profile is not None
    assert profile.refusal is None


async def test_a_change_counts_once_it_has_come_to_rest(shed: Shed) -> None:
    source = await shed.start()
    shed.write("")
    await source.look()
    shed.write(DOCUMENTS.replace("name: own", "name: new"))
    await source.look()
    assert await source.profile("pki", "own") is not None
    await source.look()
    assert await source.profile("pki", "new") is not None


async def test_a_new_file_and_a_removed_one_take_effect(shed: Shed) -> None:
    source = await shed.start()
    third = DOCUMENTS.split("---")[3].replace("name: own", "name: third")
    shed.write(third, "third.yaml")
    await shed.look()
    assert await source.profile("pki", "third") is not None
    (shed.folder / "third.yaml").unlink()
    await shed.look()
    assert await source.profile("pki", "third") is None


async def test_a_broken_edit_keeps_the_last_good_state_and_is_told_once(
    shed: Shed, caplog: pytest.LogCaptureFixture
) -> None:
    source = await shed.start()
    before = await source.profile("pki", "web")
    shed.write(DOCUMENTS.replace("preset: TLSServer", "preset: Nothing"))
    caplog.clear()
    await shed.look()
    await shed.look()
    assert await source.profile("pki", "web") is before
    (told,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "spec.preset" in told.getMessage()
    assert f"{shed.folder}/all.yaml:" in told.getMessage()


def held_up(shed: Shed) -> list[str]:
    """Return the errors that are kept; none without a file of them."""
    content = shed.tree().get("documents.json", b'{"errors": []}')
    return [str(each) for each in json.loads(content)["errors"]]


def without_errors(shed: Shed) -> dict[str, bytes]:
    """Return everything in the data folder but the errors that are kept."""
    return {name: content for name, content in shed.tree().items() if name != "documents.json"}


BACK = "the documents are in force again as they stand"


async def test_errors_are_kept_until_they_are_mended_whatever_time_passes(
    shed: Shed, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await shed.start()
    assert not held_up(shed)
    shed.write(DOCUMENTS.replace("preset: TLSServer", "preset: Nothing"))
    await shed.look()
    shed.clock.time += timedelta(days=1)
    await shed.look()
    (error,) = held_up(shed)
    assert error.startswith(f"{shed.folder}/all.yaml:")
    assert "spec.preset" in error
    assert BACK not in caplog.text
    shed.write(DOCUMENTS)
    await shed.look()
    await shed.look()
    assert "documents.json" not in shed.tree()
    assert caplog.text.count(BACK) == 1


async def test_errors_that_a_server_left_are_gone_when_it_starts_with_sound_documents(
    shed: Shed,
) -> None:
    await shed.start()
    shed.write("spec: [")
    await shed.look()
    assert held_up(shed)
    with pytest.raises(FolderBroken, match=r"documents/all\.yaml"):
        await shed.restart()
    assert held_up(shed)
    shed.write(DOCUMENTS)
    await shed.restart()
    assert "documents.json" not in shed.tree()


async def test_a_folder_that_was_emptied_is_kept_as_an_error_until_it_is_filled(
    shed: Shed, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await shed.start()
    (shed.folder / "all.yaml").unlink()
    await shed.look()
    (error,) = held_up(shed)
    assert "holds no document" in error
    shed.write(DOCUMENTS)
    await shed.look()
    assert not held_up(shed)
    assert BACK in caplog.text


async def test_what_did_not_change_stays_the_very_same_value(shed: Shed) -> None:
    source = await shed.start()
    web, own = await source.profile("pki", "web"), await source.profile("pki", "own")
    credential = await source.credential("pki.default")
    shed.write(DOCUMENTS.replace("hostname: web.acme.com", "hostname: www.acme.com"))
    await shed.look()
    assert await source.profile("pki", "web") is not web
    assert await source.profile("pki", "own") is own
    assert await source.credential("pki.default") is credential


async def test_an_edit_of_what_never_changes_is_refused_and_the_status_says_so(
    shed: Shed, caplog: pytest.LogCaptureFixture
) -> None:
    source = await shed.start()
    shed.write(DOCUMENTS.replace("profileRef: {name: web}", "profileRef: {name: own}"))
    await shed.look()
    credential = await source.credential("pki.default")
    assert credential is not None
    assert credential.profile == "pki/web"
    stalled = shed.condition(Kind.CREDENTIAL, "default", "Stalled")
    assert stalled is not None
    assert stalled.reason == "EditRefused"
    line = DOCUMENTS[: DOCUMENTS.index("kind: EABCredential")].count("\n")
    assert f" {shed.folder}/all.yaml:{line} (document 5): spec.profileRef" in stalled.message
    assert any("profileRef" in record.getMessage() for record in caplog.records)


async def test_an_edit_while_the_server_was_down_is_refused_just_the_same(shed: Shed) -> None:
    await shed.start()
    shed.write(DOCUMENTS.replace("profileRef: {name: web}", "profileRef: {name: own}"))
    source = await shed.restart()
    credential = await source.credential("pki.default")
    assert credential is not None
    assert credential.profile == "pki/web"
    shed.write(DOCUMENTS)
    await shed.look()
    assert shed.condition(Kind.CREDENTIAL, "default", "Stalled") is None


async def test_a_generation_counts_the_edits_and_a_uid_lasts_as_long_as_its_object(
    shed: Shed,
) -> None:
    await shed.start()
    before = shed.object(Kind.PROFILE, "web").metadata
    assert before.generation == 1
    shed.write(DOCUMENTS.replace("hostname: web.acme.com", "hostname: www.acme.com"))
    await shed.look()
    await shed.restart()
    edited = shed.object(Kind.PROFILE, "web")
    assert (edited.metadata.generation, edited.metadata.uid) == (2, before.uid)
    assert edited.status.observed_generation == 2
    shed.write(DOCUMENTS.replace("name: web,", "name: gone,"))
    await shed.look()
    shed.write(DOCUMENTS)
    await shed.look()
    anew = shed.object(Kind.PROFILE, "web").metadata
    assert anew.uid != before.uid
    assert anew.generation == 1


async def test_a_restart_changes_nothing(shed: Shed) -> None:
    source = await shed.start()
    before = shed.tree()
    shed.clock.time += timedelta(days=1)
    await shed.restart()
    assert shed.tree() == before
    old, new = await source.profile("pki", "web"), await shed.source.profile("pki", "web")
    assert old is not None
    assert new is not None
    assert old.uid == new.uid
    assert old.signer is not None
    assert new.signer is not None
    assert old.signer.digest == new.signer.digest


async def test_time_alone_renews_certificates_and_ends_overlaps(shed: Shed) -> None:
    source = await shed.start()
    first = await source.profile("pki", "web")
    shed.write(DOCUMENTS.replace("secretName", "rotation: {revision: 2}, secretName"))
    await shed.look()
    rotated = await source.credential("pki.default")
    assert rotated is not None
    assert len(rotated.secrets) == 2
    shed.clock.time += timedelta(days=1)
    await source.look()
    credential = await source.credential("pki.default")
    assert credential is not None
    assert len(credential.secrets) == 1
    assert first is not None
    assert first.signer is not None
    shed.clock.time = first.signer.earliest_expiry - timedelta(days=30)
    await source.look()
    renewed = await source.profile("pki", "web")
    assert renewed is not None
    assert renewed.signer is not None
    assert renewed.signer.earliest_expiry > first.signer.earliest_expiry


async def test_a_folder_that_suddenly_holds_nothing_is_taken_for_a_mistake(
    shed: Shed, caplog: pytest.LogCaptureFixture
) -> None:
    source = await shed.start()
    before = shed.tree()
    (shed.folder / "all.yaml").unlink()
    await shed.look()
    assert await source.profile("pki", "web") is not None
    assert without_errors(shed) == before
    assert any("holds no document" in record.getMessage() for record in caplog.records)
    with pytest.raises(FolderBroken, match="choose another data folder"):
        await shed.restart()
    assert without_errors(shed) == before


async def test_a_data_folder_that_is_emptied_at_run_time_gets_no_second_keys(
    shed: Shed, caplog: pytest.LogCaptureFixture
) -> None:
    source = await shed.start()
    before = await source.profile("pki", "web")
    shutil.rmtree(shed.data)
    shed.data.mkdir()
    shed.clock.time += timedelta(hours=1)
    await shed.look()
    assert not shed.tree()
    assert await source.profile("pki", "web") is before
    assert any("lost all objects" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        (("status",), "`signers` and `credentials` and `secrets` and `trust`; restore"),
        (("status", "credentials"), "still holds `signers` and `secrets` and `trust`; restore"),
        (("status", "credentials", "signers"), "still holds `secrets` and `trust`; restore"),
        (("status", "credentials", "signers", "secrets"), "still holds `trust`; restore"),
        (("status", "credentials", "signers", "trust"), "still holds `secrets`; restore"),
        (("status", "credentials", "secrets", "trust"), "still holds `signers`; restore"),
        (("status", "signers", "secrets", "trust"), "still holds `credentials`; restore"),
        (("status/pki/EABCredential",), "left of: EABCredential pki/default; restore `status/pki`"),
        (("status/pki/CertificateProfile",), "left of: CertificateProfile pki/own, CertificateP"),
        (
            ("status/pki/CertificateAuthority", "signers"),
            "left of: CertificateAuthority pki/root; restore `status/pki` and `credentials`",
        ),
    ],
)
async def test_a_data_folder_that_lost_objects_is_refused_and_nothing_is_made_anew(
    shed: Shed, caplog: pytest.LogCaptureFixture, lost: tuple[str, ...], told: str
) -> None:
    source = await shed.start()
    for folder in lost:
        shutil.rmtree(shed.data / folder)
    before = shed.tree()
    shed.clock.time += timedelta(hours=1)
    await source.look()
    assert told in caplog.text
    with pytest.raises(KeepingFailed) as refused:
        await shed.restart()
    assert told in str(refused.value)
    assert str(refused.value).startswith(f"the data folder {shed.data} has lost ")
    assert shed.tree() == before


async def test_a_credential_of_another_backup_than_its_object_is_refused(shed: Shed) -> None:
    await shed.start()
    file = shed.data / "credentials/pki/default.json"
    earlier = file.read_bytes()
    await shed.look()
    shed.write(DOCUMENTS.replace("name: default,", "name: other,"))
    await shed.look()
    shed.write(DOCUMENTS)
    await shed.look()
    assert file.read_bytes() != earlier
    file.write_bytes(earlier)
    with pytest.raises(KeepingFailed, match=r"EABCredential pki/default; restore `status/pki`"):
        await shed.restart()


async def test_a_secret_whose_credential_and_object_are_lost_is_missed(shed: Shed) -> None:
    await shed.start()
    secret = shed.tree()["secrets/pki/eab/secret"]
    shutil.rmtree(shed.data / "status/pki/EABCredential")
    shutil.rmtree(shed.data / "credentials")
    await shed.restart()
    condition = shed.condition(Kind.CREDENTIAL, "default")
    assert condition is not None
    assert condition.reason == "SecretMissing"
    assert shed.tree()["secrets/pki/eab/secret"] == secret


async def test_a_key_that_is_brought_before_the_first_start_is_taken(shed: Shed) -> None:
    key = keys.private_key_to_pem(keys.generate(KeyType(KeyAlgorithm.ECDSA, 256)))
    file = shed.data / "signers/pki/root/tls.key"
    file.parent.mkdir(parents=True)
    file.write_bytes(key)
    await shed.start()
    assert file.read_bytes() == key
    condition = shed.condition(Kind.AUTHORITY, "root")
    assert condition is not None
    assert condition.reason == "Issued"


async def test_a_lost_credential_is_missed_and_the_tenants_secret_left_alone(
    shed: Shed, caplog: pytest.LogCaptureFixture
) -> None:
    await shed.start()
    secret = shed.tree()["secrets/pki/eab/secret"]
    (shed.data / "credentials/pki/default.json").unlink()
    caplog.clear()
    await shed.restart()
    (told,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert told.getMessage().startswith("EABCredential pki/default is not ready: SecretMissing")
    assert shed.tree()["secrets/pki/eab/secret"] == secret


async def test_a_clock_that_is_set_back_delays_nothing(shed: Shed) -> None:
    source = await shed.start()
    (shed.data / "signers/pki/root/tls.key").unlink()
    shed.clock.time -= timedelta(days=30)
    await source.look()
    condition = shed.condition(Kind.AUTHORITY, "root")
    assert condition is not None
    assert condition.reason == "KeyMissing"


async def test_a_folder_that_is_gone_keeps_the_last_good_state(shed: Shed) -> None:
    source = await shed.start()
    shed.folder.rename(shed.folder.with_name("elsewhere"))
    await shed.look()
    assert await source.profile("pki", "web") is not None


async def test_documents_of_other_kinds_are_left_aside_with_a_warning(
    shed: Shed, caplog: pytest.LogCaptureFixture
) -> None:
    other = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
    source = await shed.start(DOCUMENTS + other)
    assert await source.profile("pki", "web") is not None
    assert any("ConfigMap" in record.getMessage() for record in caplog.records)


class FullFiles(Files):
    """A disk that is full while it is told to be."""

    full = False

    def put(self, path: str, content: bytes) -> bool:
        """Write a file unless the disk is full."""
        if self.full:
            raise OSError(28, "No space left on device", path)
        return super().put(path, content)


async def test_what_cannot_be_kept_is_not_served_and_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = FullFiles(tmp_path / "data")
    shed = Shed(tmp_path, lambda _: files)
    source = await shed.start()
    files.full = True
    shed.write(DOCUMENTS.replace("name: own", "name: new"))
    caplog.clear()
    await shed.look()
    await shed.look()
    assert await source.profile("pki", "own") is not None
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert "No space left" in errors[0].getMessage()
    files.full = False
    await source.look()
    assert await source.profile("pki", "new") is not None


async def test_errors_that_cannot_be_kept_are_told_and_stop_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = FullFiles(tmp_path / "data")
    shed = Shed(tmp_path, lambda _: files)
    source = await shed.start()
    files.full = True
    shed.write("spec: [")
    await shed.look()
    assert "what is wrong with the documents can't be kept" in caplog.text
    assert await source.profile("pki", "web") is not None


async def test_a_server_that_cannot_keep_anything_does_not_start(tmp_path: Path) -> None:
    files = FullFiles(tmp_path / "data")
    shed = Shed(tmp_path, lambda _: files)
    files.full = True
    with pytest.raises(KeepingFailed, match="No space left"):
        await shed.start()


class Enough(Exception):
    """Ends an endless loop."""


async def test_the_source_looks_about_once_a_second_until_it_is_stopped(shed: Shed) -> None:
    source: FolderSource = await shed.start()
    shed.write(DOCUMENTS.replace("name: own", "name: new"))
    looks = []

    async def sleep(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 5:
            raise Enough

    shed.clock.sleep = sleep  # type: ignore[method-assign]
    with pytest.raises(Enough):
        await source.run()
    assert await source.profile("pki", "new") is not None
    assert set(looks) == {1.0}


class RefusingSnapshot(Snapshot):
    """A snapshot that can't be followed: a bundle of the plan can't be loaded."""

    def following(self, plan: Plan) -> Snapshot:
        """Refuse the first profile of a plan."""
        raise BundleRefused(f"profile {min(plan.profiles)} is malformed")


async def test_what_cannot_be_loaded_is_told_and_leaves_nothing_behind(
    shed: Shed, caplog: pytest.LogCaptureFixture
) -> None:
    source = await shed.start()
    before = shed.tree()
    source._snapshot = RefusingSnapshot()
    shed.write(DOCUMENTS.replace("name: own", "name: new"))
    await shed.look()
    assert without_errors(shed) == before
    assert any("profile pki/new is malformed" in each.getMessage() for each in caplog.records)


class WatchedFiles(Files):
    """Files that ask a question each time a tenant's secret is written."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.answers: list[bool] = []
        self.ask: Callable[[], bool] = lambda: False

    def put(self, path: str, content: bytes) -> bool:
        if path.endswith("/eab/secret"):
            self.answers.append(self.ask())
        return super().put(path, content)


async def test_a_secret_is_handed_out_only_once_it_is_in_force(tmp_path: Path) -> None:
    shed = Shed(tmp_path, WatchedFiles)
    assert isinstance(shed.files, WatchedFiles)
    shed.files.ask = lambda: bool(shed.source.profiles)
    await shed.start()
    assert shed.files.answers == [True]


async def test_a_folder_without_documents_is_told(
    shed: Shed, caplog: pytest.LogCaptureFixture
) -> None:
    await shed.start("")
    assert f"{shed.folder} holds no documents: nothing is served" in caplog.text
