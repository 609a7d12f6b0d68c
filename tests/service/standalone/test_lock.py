import os
import subprocess
import sys
from pathlib import Path

import pytest

from acme_server.standalone.lock import DataFolderError, check_apart, locked, prepare

HOLDER = """
import sys
from pathlib import Path
from acme_server.standalone.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_data_folder_is_made_for_the_owner_alone(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "data")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert prepare(folder) == folder


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match=r"there is no folder .*/missing"):
        prepare(tmp_path / "missing" / "data")
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(DataFolderError, match="is not a folder"):
        prepare(file)
    with pytest.raises(DataFolderError, match="can't be made: Not a directory"):
        prepare(file / "data")


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(DataFolderError, match="can't be written to"), locked(tmp_path):
        pass


def test_a_second_server_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DataFolderError) as refused, locked(tmp_path):
            pass
        assert str(tmp_path) in str(refused.value)
        assert f"process {holder.pid}" in str(refused.value)
        holder.kill()
    with locked(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_the_lock_ends_with_its_block(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path):
            pass


@pytest.mark.parametrize("data", ["documents", "documents/data", "documents/a/b", "x/../documents"])
def test_a_data_folder_among_the_documents_is_refused(tmp_path: Path, data: str) -> None:
    with pytest.raises(DataFolderError, match="read as documents"):
        check_apart(tmp_path / "documents", tmp_path / data)


@pytest.mark.parametrize("data", ["data", "documents/.certwright", "documents-data", "."])
def test_a_data_folder_beside_the_documents_or_hidden_among_them_is_fine(
    tmp_path: Path, data: str
) -> None:
    check_apart(tmp_path / "documents", tmp_path / data)
