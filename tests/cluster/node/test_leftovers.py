"""Runs that are killed or impossible: what the next one removes, leaves alone, or tells of."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.harness import programs
from tests.cluster.node.harness import commands, leftovers
from tests.cluster.node.harness.cgroups import Cgroup
from tests.cluster.node.harness.commands import NodeImpossible
from tests.cluster.node.harness.images import kept

pytestmark = pytest.mark.node

Told = list[str]


@pytest.fixture
def records(tmp_path: Path) -> Path:
    return tmp_path / "records"


@pytest.fixture
def killed(records: Path, tmp_path: Path) -> Iterator[Cgroup]:
    """Give the control group of a run that had a process in it, and was killed."""
    folder = tmp_path / "node"
    folder.mkdir()
    command = (sys.executable, "-m", "tests.cluster.node.killed_run", str(records), str(folder))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        group = Cgroup(run.stdout.readline().strip())
        run.kill()
    yield group
    leftovers.sweep(records, lambda _line: None)


def there(group: Cgroup) -> list[Path]:
    return [folder for folder in group.folders() if folder.exists()]


def test_the_next_run_removes_what_a_killed_one_left(
    killed: Cgroup, records: Path, tmp_path: Path
) -> None:
    assert there(killed)
    assert (tmp_path / "node" / "state").exists()
    told: Told = []
    leftovers.sweep(records, told.append)
    assert there(killed) == []
    assert not (tmp_path / "node" / "state").exists()
    assert told == [f"removed what a run left that was killed ({killed.name})"]
    assert list(records.glob("*.json")) == []


def test_it_leaves_a_living_one_alone(records: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with leftovers.recorded(records, state) as living:
        living.cgroup.make()
        state.mkdir()
        told: Told = []
        leftovers.sweep(records, told.append)
        assert there(living.cgroup) == living.cgroup.folders()
        assert state.exists()
        assert told == []
    assert there(living.cgroup) == []
    assert not state.exists()
    assert list(records.glob("*.json")) == []


def test_a_run_killed_before_it_had_anything_leaves_a_record_that_is_removed(
    records: Path,
) -> None:
    records.mkdir()
    record = records / "certwright-node-00000000.json"
    record.write_text('{"state": "/some')
    leftovers.sweep(records, lambda _line: None)
    assert not record.exists()


def test_an_image_that_was_half_written_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(programs.CACHE_VARIABLE, str(tmp_path))
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "some-of-a-killed-run.unfinished").write_text("half")

    def interrupted(archive: Path) -> None:
        archive.write_text("half")
        raise KeyboardInterrupt

    def whole(archive: Path) -> None:
        archive.write_text("whole")

    def make(how: Callable[[Path], None]) -> Path:
        return kept.kept("some", "of-this", how, lambda _line: None)

    with pytest.raises(KeyboardInterrupt):
        make(interrupted)
    assert [path.name for path in kept.folder().iterdir()] == ["some.lock"]
    assert make(whole).read_text() == "whole"


def hierarchy(folder: Path, kind: str) -> Cgroup:
    """Return a group in a folder that stands for a hierarchy."""
    mounts = folder / "mounts"
    mounts.write_text(f"none {folder} {kind} rw 0 0\nnone /tmp tmpfs rw 0 0\n")
    return Cgroup("some", mounts)


def test_groups_of_version_2_have_the_controllers_that_kubelet_looks_for(tmp_path: Path) -> None:
    group = hierarchy(tmp_path, "cgroup2")
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    given = tmp_path / "cgroup.subtree_control"
    given.write_text("cpu memory\n")
    group.make()
    assert given.read_text() == "+cpuset +pids"
    assert there(group) == [tmp_path / "some"]


def test_a_machine_without_control_groups_runs_no_node(tmp_path: Path) -> None:
    with pytest.raises(NodeImpossible, match="no control groups are mounted"):
        hierarchy(tmp_path, "tmpfs").make()


def test_a_machine_whose_control_groups_are_closed_runs_no_node(tmp_path: Path) -> None:
    group = hierarchy(tmp_path, "cgroup")
    (tmp_path / "some").write_text("a file is in the way as much as a read-only mount")
    with pytest.raises(NodeImpossible, match=f"can be made in {tmp_path}: File exists"):
        group.make()


def test_a_full_disk_runs_no_node(tmp_path: Path) -> None:
    commands.check_room(tmp_path, 0)
    with pytest.raises(NodeImpossible, match="make room, or let TMPDIR name another place"):
        commands.check_room(tmp_path, 10**18)
