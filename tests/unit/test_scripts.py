"""The tools behind the Makefile: locks, environments, the newest Python."""

import sys
from pathlib import Path

import pytest

from scripts import check_locks, environment, newest_python

HASH = "--hash=sha256:" + "0a" * 32


@pytest.mark.parametrize(
    "text",
    [
        f"click==8.5.1 \\\n    {HASH}\n",
        f"click==8.5.1 \\\n    {HASH} \\\n    {HASH}\n",
        f"colorama==0.4.6 ; sys_platform == 'win32' \\\n    {HASH}\n",
        f"coverage[toml]==7.17.3 \\\n    {HASH}\n",
        "# made by make lock\n\n",
    ],
    ids=["one hash", "several hashes", "with a marker", "with an extra", "comments"],
)
def test_a_lock_of_pinned_and_hashed_requirements_is_accepted(text: str) -> None:
    assert check_locks.faults(text) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("click==8.5.1\n", "1: 'click==8.5.1' has no hash"),
        (f"click>=8 \\\n    {HASH}\n", "is not pinned"),
        (f"click \\\n    {HASH}\n", "is not pinned"),
        (f"-e . \\\n    {HASH}\n", "is not pinned"),
        ("click==8.5.1 \\\n    --hash=md5:00\n", "has an option or a hash"),
        ("click==8.5.1 \\\n    --hash=sha256:00\n", "has an option or a hash"),
        ("--index-url https://packages.example/simple\n", "names a URL or an index"),
        ("--find-links wheels\n", "names a URL or an index"),
        (f"click @ file:///tmp/click.whl \\\n    {HASH}\n", "names a URL or an index"),
        ("# from https://packages.example/simple\n", "names a URL or an index"),
        (f"a==1 \\\n    {HASH}\nb==1", "3: 'b==1' has no hash"),
        ("a==1 \\", "1: 'a==1' has no hash"),
    ],
)
def test_a_lock_with_a_fault_is_refused_with_its_line(text: str, fault: str) -> None:
    (found,) = check_locks.faults(text)
    assert fault in found


def test_every_fault_of_every_lock_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    first.write_text(f"a==1\nb==2 \\\n    {HASH}\nc==3\n")
    second.write_text("d\n")
    assert check_locks.main([str(first), str(second)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" ")[0] for line in lines] == [f"{first}:1:", f"{first}:4:", f"{second}:1:"]


def test_checking_no_lock_at_all_fails() -> None:
    assert check_locks.main([]) == 1


def write_inputs(folder: Path) -> tuple[Path, Path]:
    lock, metadata = folder / "lock.txt", folder / "pyproject.toml"
    lock.write_text("a==1\n")
    metadata.write_text("[project]\n")
    return lock, metadata


def test_an_environment_is_current_only_for_the_digest_it_was_stamped_with(tmp_path: Path) -> None:
    assert not environment.is_current(tmp_path, "one")
    (tmp_path / environment.STAMP).write_text("one")
    assert environment.is_current(tmp_path, "one")
    assert not environment.is_current(tmp_path, "two")


def test_an_environment_is_made_again_when_lock_metadata_or_python_changes(tmp_path: Path) -> None:
    lock, metadata = write_inputs(tmp_path)
    before = environment.digest(lock, metadata, "3.11.7")
    assert environment.digest(lock, metadata, "3.11.7") == before
    seen = {before, environment.digest(lock, metadata, "3.13.0")}
    lock.write_text("a==2\n")
    seen.add(environment.digest(lock, metadata, "3.11.7"))
    metadata.write_text("[project]\nname = 'a'\n")
    seen.add(environment.digest(lock, metadata, "3.11.7"))
    assert len(seen) == 4


def test_a_step_that_fails_says_which() -> None:
    with pytest.raises(environment.SetupError, match="the index is away"):
        environment.run([sys.executable, "-c", "raise SystemExit(3)"], "the index is away")


def write_python(folder: Path, name: str, *, prints: str, code: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / name
    python.write_text(f"#!/bin/sh\necho '{prints}'\nexit {code}\n")
    python.chmod(0o755)
    return python


def test_the_newest_python_is_the_one_whose_version_is_highest(tmp_path: Path) -> None:
    older = write_python(tmp_path, "older", prints="3 9")
    newer = write_python(tmp_path, "newer", prints="3 14")
    middle = write_python(tmp_path, "middle", prints="3 13")
    assert newest_python.newest([older, newer, middle], (3, 11)) == newer


@pytest.mark.parametrize(
    ("prints", "code"),
    [("3 11", 0), ("3 10", 0), ("3 14", 127), ("command not found", 0), ("", 0)],
    ids=["the same", "older", "a shim that fails", "speaks nonsense", "silent"],
)
def test_a_python_that_is_no_newer_or_does_not_run_is_passed_over(
    tmp_path: Path, prints: str, code: int
) -> None:
    python = write_python(tmp_path, "python3", prints=prints, code=code)
    assert newest_python.newest([python, tmp_path / "absent"], (3, 11)) is None


def test_pythons_are_looked_for_on_the_path_and_in_pyenv(tmp_path: Path) -> None:
    newer = f"python3.{sys.version_info.minor + 1}"
    on_path = write_python(tmp_path / "bin", newer, prints="")
    in_pyenv = write_python(tmp_path / "pyenv/versions/3.19.0/bin", "python3", prints="")
    write_python(tmp_path / "pyenv/versions/2.7.18/bin", "python3", prints="")
    found = newest_python.candidates(
        {"PATH": str(on_path.parent), "PYENV_ROOT": str(tmp_path / "pyenv")}
    )
    assert found == [on_path, in_pyenv]
