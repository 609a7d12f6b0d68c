import os
from pathlib import Path

import pytest

from acme_server.sources.watching import Watch


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    (tmp_path / "a.yaml").write_text("one")
    watch = Watch(tmp_path)
    assert watch.changed()
    return watch


def changes(watch: Watch, looks: int = 4) -> list[bool]:
    return [watch.changed() for _ in range(looks)]


def test_nothing_changes_by_itself(watch: Watch) -> None:
    assert changes(watch) == [False] * 4


def test_a_change_is_told_once_when_two_looks_agree(tmp_path: Path, watch: Watch) -> None:
    (tmp_path / "a.yaml").write_text("two")
    assert changes(watch) == [False, True, False, False]


def test_a_change_that_is_taken_back_is_none(tmp_path: Path, watch: Watch) -> None:
    (tmp_path / "a.yaml").write_text("two")
    assert not watch.changed()
    (tmp_path / "a.yaml").write_text("one")
    assert changes(watch) == [False] * 4


def test_touching_a_file_changes_nothing(tmp_path: Path, watch: Watch) -> None:
    os.utime(tmp_path / "a.yaml", (0, 0))
    assert changes(watch) == [False] * 4


@pytest.mark.parametrize("name", ["b.yaml", "b.yml", "b.json", "folder/b.yaml"])
def test_a_new_document_counts_wherever_it_stands(tmp_path: Path, watch: Watch, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("")
    assert any(changes(watch))


@pytest.mark.parametrize("name", ["notes.txt", ".hidden.yaml", ".git/b.yaml", "b.yaml~"])
def test_what_is_no_document_does_not_count(tmp_path: Path, watch: Watch, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("")
    assert not any(changes(watch))


def test_a_removed_document_counts_and_so_does_the_folder_itself(
    tmp_path: Path, watch: Watch
) -> None:
    (tmp_path / "a.yaml").unlink()
    assert any(changes(watch))
    tmp_path.rename(tmp_path.with_name("elsewhere"))
    assert any(changes(watch))


def test_links_are_followed_as_a_mounted_config_map_needs_it(tmp_path: Path, watch: Watch) -> None:
    for version in ("one", "two"):
        (tmp_path / f".{version}").mkdir()
        (tmp_path / f".{version}" / "b.yaml").write_text(version)
    (tmp_path / ".data").symlink_to(".one")
    (tmp_path / "b.yaml").symlink_to(".data/b.yaml")
    assert any(changes(watch))
    (tmp_path / ".new").symlink_to(".two")
    (tmp_path / ".new").rename(tmp_path / ".data")
    assert any(changes(watch))


def test_a_link_to_nothing_and_a_folder_of_a_documents_name_do_no_harm(
    tmp_path: Path, watch: Watch
) -> None:
    (tmp_path / "gone.yaml").symlink_to("nowhere")
    assert any(changes(watch))
    (tmp_path / "gone.yaml").unlink()
    (tmp_path / "gone.yaml").symlink_to(".")
    assert any(changes(watch))


def test_a_pipe_among_the_documents_is_noticed_and_not_waited_for(
    tmp_path: Path, watch: Watch
) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert changes(watch) == [False, True, False, False]
