import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from acme_server.sources.folder import KeepingFailed
from acme_server.standalone.apply import DataFolder
from acme_server.standalone.files import Files
from certwright.bundles.credential import decode_secret
from certwright.pki import chains, keys
from certwright.pki.authorities import AuthorityContents, self_signed_root
from certwright.pki.keys import KeyAlgorithm, KeyType
from certwright.pki.subjects import Subject
from certwright.reconcile.existing import SignerKey
from certwright.reconcile.steps import CreateKey
from certwright.reconcile.world import Kind, World
from certwright.resources.collection import Resources
from certwright.resources.metadata import ObjectKey
from tests.service.sources.shed import DOCUMENTS, Shed


class Killed(BaseException):
    """The process died here."""


class DyingFiles(Files):
    """Files of a process that dies before its nth write."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.writes = 0
        self.last_write: int | None = None

    def _write(self) -> None:
        if self.writes == self.last_write:
            raise Killed
        self.writes += 1

    def put(self, path: str, content: bytes) -> bool:
        """Write, or die before it."""
        if self.read(path) != content:
            self._write()
        return super().put(path, content)

    def put_once(self, path: str, content: bytes) -> None:
        """Write, or die before it."""
        self._write()
        super().put_once(path, content)

    def remove(self, path: str) -> bool:
        """Remove, or die before it."""
        if self.read(path) is not None:
            self._write()
        return super().remove(path)


class DyingShed(Shed):
    """A shed whose process may be let die."""

    def __init__(self, place: Path) -> None:
        self.dying = DyingFiles(place / "data")
        super().__init__(place, lambda _: self.dying)

    async def die_after(self, writes: int) -> bool:
        """Start a process that dies after some writes; tell whether it came to that."""
        self.dying.writes, self.dying.last_write = 0, writes
        try:
            await self.restart()
        except Killed:
            return True
        finally:
            self.dying.last_write = None
        return False


async def test_the_folder_is_laid_out_for_people_to_find_things(tmp_path: Path) -> None:
    shed = Shed(tmp_path)
    await shed.start()
    assert sorted(shed.tree()) == [
        "credentials/pki/default.json",
        "secrets/pki/eab/kid",
        "secrets/pki/eab/secret",
        "signers/pki/own@issuer/tls.crt",
        "signers/pki/own@issuer/tls.key",
        "signers/pki/own@root/tls.crt",
        "signers/pki/own@root/tls.key",
        "signers/pki/root/tls.crt",
        "signers/pki/root/tls.key",
        "status/pki/CertificateAuthority/root.json",
        "status/pki/CertificateProfile/own.json",
        "status/pki/CertificateProfile/web.json",
        "status/pki/CertificateTemplate/web-server.json",
        "status/pki/EABCredential/default.json",
        "trust/authorities/pki/root.pem",
        "trust/profiles/pki/own.pem",
        "trust/profiles/pki/web.pem",
    ]


async def test_what_the_files_hold_is_what_their_names_say(tmp_path: Path) -> None:
    shed = Shed(tmp_path)
    await shed.start()
    tree = shed.tree()
    assert tree["secrets/pki/eab/kid"] == b"pki.default"
    assert len(decode_secret(tree["secrets/pki/eab/secret"].decode())) == 32
    key = keys.private_key_from_pem(tree["signers/pki/root/tls.key"])
    (root,) = chains.certificates_from_pem(tree["signers/pki/root/tls.crt"].decode())
    assert root.public_key() == key.public_key()
    issuer, own = chains.certificates_from_pem(tree["signers/pki/own@issuer/tls.crt"].decode())
    assert tree["trust/profiles/pki/own.pem"].decode() == chains.to_pem_chain([own])
    assert issuer.issuer == own.subject
    status = json.loads(tree["status/pki/EABCredential/default.json"])
    assert status["status"]["keyID"] == "pki.default"
    assert status["metadata"]["generation"] == 1
    assert "secret" not in status["status"]


async def test_everything_is_for_the_owner_alone(tmp_path: Path) -> None:
    shed = Shed(tmp_path)
    await shed.start()
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in shed.data.rglob("*")}
    assert modes == {(True, 0o700), (False, 0o600)}


async def test_objects_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    shed = Shed(tmp_path)
    await shed.start()
    first = DataFolder(shed.files).existing()
    await shed.restart()
    assert DataFolder(shed.files).existing() == first
    assert shed.object(Kind.TEMPLATE, "web-server").metadata.generation == 1


FILES = 17
OBJECTS = 5
WRITES = FILES + OBJECTS
REMOVALS = 14


@pytest.mark.parametrize("writes", range(WRITES + 1))
async def test_a_server_killed_between_any_two_writes_loses_nothing(
    tmp_path: Path, writes: int
) -> None:
    shed = DyingShed(tmp_path)
    shed.write(DOCUMENTS)
    assert await shed.die_after(writes) is (writes < WRITES)
    before = shed.tree()
    source = await shed.restart()
    after = shed.tree()
    assert len(after) == FILES
    kept = {name for name in before if not name.startswith("status/")}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    profile = await source.profile("pki", "web")
    assert profile is not None
    assert profile.refusal is None
    credential = await source.credential("pki.default")
    assert credential is not None
    secret = decode_secret(after["secrets/pki/eab/secret"].decode())
    assert credential.secrets[0].secret == secret


@pytest.mark.parametrize("writes", range(5))
async def test_a_server_killed_in_the_middle_of_a_rotation_hands_out_no_secret_that_fails(
    tmp_path: Path, writes: int
) -> None:
    shed = DyingShed(tmp_path)
    await shed.start()
    old = shed.tree()["secrets/pki/eab/secret"]
    shed.write(DOCUMENTS.replace("secretName", "rotation: {revision: 2}, secretName"))
    await shed.die_after(writes)
    middle = shed.tree()["secrets/pki/eab/secret"]
    source = await shed.restart()
    credential = await source.credential("pki.default")
    assert credential is not None
    binding = credential.secrets_at(shed.clock.now())
    assert {decode_secret(old.decode()), decode_secret(middle.decode())} <= set(binding)
    assert binding[0] == decode_secret(shed.tree()["secrets/pki/eab/secret"].decode())


@pytest.mark.parametrize("writes", range(REMOVALS + 1))
async def test_a_removal_that_was_killed_is_finished(tmp_path: Path, writes: int) -> None:
    shed = DyingShed(tmp_path)
    kept = "---".join(DOCUMENTS.split("---")[1:2])
    await shed.start(DOCUMENTS.replace("root: {}", "deletionPolicy: Delete, root: {}"))
    shed.write(kept)
    assert await shed.die_after(writes) is (writes < REMOVALS)
    await shed.restart()
    assert sorted(shed.tree()) == [
        "signers/pki/own@issuer/tls.crt",
        "signers/pki/own@issuer/tls.key",
        "signers/pki/own@root/tls.crt",
        "signers/pki/own@root/tls.key",
        "status/pki/CertificateTemplate/web-server.json",
    ]


@pytest.mark.parametrize("writes", range(REMOVALS + 1))
async def test_an_authority_that_comes_back_after_a_killed_removal_is_ready(
    tmp_path: Path, writes: int
) -> None:
    shed = DyingShed(tmp_path)
    documents = DOCUMENTS.replace("root: {}", "deletionPolicy: Delete, root: {}")
    await shed.start(documents)
    shed.write("---".join(DOCUMENTS.split("---")[1:2]))
    await shed.die_after(writes)
    shed.write(documents)
    await shed.restart()
    condition = shed.condition(Kind.AUTHORITY, "root")
    assert condition is not None
    assert (condition.status, condition.reason) == ("True", "Issued")


async def test_a_key_of_a_deleted_authority_is_kept_and_taken_back(tmp_path: Path) -> None:
    shed = Shed(tmp_path)
    await shed.start()
    key = shed.tree()["signers/pki/root/tls.key"]
    shed.write("---".join(DOCUMENTS.split("---")[1:2]))
    await shed.look()
    assert shed.tree()["signers/pki/root/tls.key"] == key
    assert "status/pki/CertificateAuthority/root.json" not in shed.tree()
    shed.write(DOCUMENTS)
    await shed.look()
    assert shed.tree()["signers/pki/root/tls.key"] == key


async def test_a_key_that_somebody_removed_is_missed_at_the_next_start(tmp_path: Path) -> None:
    shed = Shed(tmp_path)
    await shed.start()
    (shed.data / "signers/pki/root/tls.key").unlink()
    source = await shed.restart()
    condition = shed.condition(Kind.AUTHORITY, "root")
    assert condition is not None
    assert condition.reason == "KeyMissing"
    profile = await source.profile("pki", "web")
    assert profile is not None
    assert profile.refusal is not None


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    data = DataFolder(Files(tmp_path))
    step = CreateKey(SignerKey(ObjectKey("pki", "root")), "one")
    data.apply(World(Resources()), [step])
    with pytest.raises(KeepingFailed, match=r"tls\.key is there already"):
        data.apply(World(Resources()), [CreateKey(step.signer, "two")])
    assert (tmp_path / "signers/pki/root/tls.key").read_text() == "one"


@pytest.mark.parametrize(
    "file", ["credentials/pki/default.json", "status/pki/CertificateProfile/web.json"]
)
@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]"])
async def test_a_damaged_file_is_named_and_never_taken_for_missing(
    tmp_path: Path, file: str, content: bytes
) -> None:
    shed = Shed(tmp_path)
    await shed.start()
    (shed.data / file).write_bytes(content)
    before = shed.tree()
    with pytest.raises(KeepingFailed, match=f"{file} is damaged"):
        await shed.restart()
    assert shed.tree() == before


async def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    shed = Shed(tmp_path)
    await shed.start()
    path = shed.data / "signers/pki/root/tls.key"
    path.unlink()
    path.mkdir()
    with pytest.raises(KeepingFailed, match=r"tls\.key can't be read"):
        await shed.restart()


async def test_what_an_editor_leaves_beside_an_object_is_none(tmp_path: Path) -> None:
    shed = Shed(tmp_path)
    await shed.start()
    objects = DataFolder(shed.files).existing().objects
    for path in ("status/pki/CertificateAuthority/root.json~", "credentials/pki/.default.json.swp"):
        (shed.data / path).write_text("unfinished")
    found = DataFolder(shed.files).existing()
    assert found.objects == objects
    assert [str(key) for key in found.credentials] == ["pki/default"]


IMPORTED = """
apiVersion: certwright.dev/v1alpha1
kind: CertificateAuthority
metadata: {name: root, namespace: pki}
spec: {imported: {secretRef: {name: acme-ca}}}
"""


def brought(shed: Shed) -> dict[str, bytes]:
    """Put a CA that was made elsewhere into the data folder; return its files."""
    key = keys.generate(KeyType(KeyAlgorithm.ECDSA, 256))
    end = shed.clock.now() + timedelta(days=3650)
    contents = AuthorityContents(Subject(common_name="Elsewhere"), shed.clock.now(), end)
    certificate = self_signed_root(key, contents, 1)
    files = {
        "secrets/pki/acme-ca/tls.crt": chains.to_pem_chain([certificate]).encode(),
        "secrets/pki/acme-ca/tls.key": keys.private_key_to_pem(key),
    }
    for path, content in files.items():
        shed.files.put(path, content)
    return files


@pytest.mark.parametrize("first", [True, False], ids=["before the start", "later"])
async def test_an_imported_authority_is_read_where_it_was_put_and_nowhere_else_kept(
    tmp_path: Path, first: bool
) -> None:
    shed = Shed(tmp_path)
    files = brought(shed) if first else {}
    documents = "---".join([IMPORTED, *DOCUMENTS.split("---")[1:3]])
    source = await shed.start(documents)
    if not first:
        condition = shed.condition(Kind.AUTHORITY, "root")
        assert condition is not None
        assert condition.reason == "SecretNotFound"
        files = brought(shed)
        source = await shed.restart()
    profile = await source.profile("pki", "web")
    assert profile is not None
    assert profile.refusal is None
    tree = shed.tree()
    assert {path: tree[path] for path in files} == files
    key = files["secrets/pki/acme-ca/tls.key"].splitlines()[1]
    assert [path for path, content in tree.items() if key in content] == [*files][1:]
    assert tree["trust/profiles/pki/web.pem"] == files["secrets/pki/acme-ca/tls.crt"]


async def test_an_imported_authority_that_is_deleted_leaves_what_was_brought(
    tmp_path: Path,
) -> None:
    shed = Shed(tmp_path)
    files = brought(shed)
    await shed.start("---".join([IMPORTED, *DOCUMENTS.split("---")[1:2]]))
    shed.write("---".join(DOCUMENTS.split("---")[1:2]))
    await shed.restart()
    assert {path: shed.tree()[path] for path in files} == files
    assert "trust/authorities/pki/root.pem" not in shed.tree()


async def test_a_credential_never_writes_into_the_secret_of_an_imported_authority(
    tmp_path: Path,
) -> None:
    shed = Shed(tmp_path)
    brought(shed)
    documents = "---".join([IMPORTED, *DOCUMENTS.split("---")[1:]])
    await shed.start(documents.replace("secretName: eab", "secretName: acme-ca"))
    condition = shed.condition(Kind.CREDENTIAL, "default")
    assert condition is not None
    assert (condition.status, condition.reason) == ("False", "SecretNameTaken")
    assert "secrets/pki/acme-ca/kid" not in shed.tree()


async def test_a_root_that_is_replaced_stays_in_the_files_of_who_trusted_it(tmp_path: Path) -> None:
    shed = Shed(tmp_path)
    await shed.start()
    before = shed.tree()["trust/profiles/pki/web.pem"]
    shed.write(DOCUMENTS.replace("authorityRef: {name: root}", "selfSigned: {}"))
    await shed.restart()
    tree = shed.tree()
    _, own = chains.certificates_from_pem(tree["signers/pki/web@issuer/tls.crt"].decode())
    assert tree["trust/profiles/pki/web.pem"] == chains.to_pem_chain([own]).encode() + before
