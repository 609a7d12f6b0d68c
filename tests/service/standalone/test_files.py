import stat
from pathlib import Path

import pytest

from acme_server.standalone.files import FileExists, Files


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_folders_are_made_for_the_owner_alone_and_so_are_files(files: Files) -> None:
    files.put("secrets/team-a/eab/secret", b"one")
    files.put_once("signers/pki/root/tls.key", b"two")
    assert mode(files.root / "secrets") == mode(files.root / "secrets/team-a") == 0o700
    assert mode(files.root / "secrets/team-a/eab/secret") == 0o600
    assert mode(files.root / "signers/pki/root/tls.key") == 0o600


def test_a_file_is_replaced_whole_and_only_where_it_differs(files: Files) -> None:
    assert files.put("trust/ca.pem", b"one")
    before = (files.root / "trust/ca.pem").stat().st_ino
    assert not files.put("trust/ca.pem", b"one")
    assert (files.root / "trust/ca.pem").stat().st_ino == before
    assert files.put("trust/ca.pem", b"two")
    assert files.read("trust/ca.pem") == b"two"
    assert files.names("trust") == ("ca.pem",)


def test_what_is_written_once_is_never_overwritten(files: Files) -> None:
    files.put_once("tls.key", b"one")
    with pytest.raises(FileExists, match="never overwritten"):
        files.put_once("tls.key", b"two")
    assert files.read("tls.key") == b"one"
    assert files.names("") == ("tls.key",)


def test_a_removed_file_takes_the_folders_with_it_that_it_leaves_empty(files: Files) -> None:
    files.put("secrets/team-a/eab/kid", b"")
    files.put("secrets/team-a/other", b"")
    assert files.remove("secrets/team-a/eab/kid")
    assert files.names("secrets/team-a") == ("other",)
    assert not files.remove("secrets/team-a/eab/kid")
    files.remove("secrets/team-a/other")
    assert files.names("") == ()


def test_what_is_not_there_reads_as_nothing(files: Files) -> None:
    assert files.read("none") is None
    assert files.names("none") == ()


def test_what_a_crash_left_half_written_is_not_seen_and_is_swept(files: Files) -> None:
    files.put("trust/ca.pem", b"one")
    unfinished = files.root / "trust/.unfinished-x"
    unfinished.write_bytes(b"on")
    assert files.names("trust") == ("ca.pem",)
    files.sweep()
    assert not unfinished.exists()
    assert files.read("trust/ca.pem") == b"one"
