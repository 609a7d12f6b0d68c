"""The packaging's promises: what is installed, and that `operator/` never hides Python's own."""

import importlib.metadata
import operator
import re
import subprocess
import sys
import sysconfig
import tomllib
from importlib import resources
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

import acme_server
import certwright

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_operator_folder_is_no_package() -> None:
    assert not (ROOT / "operator" / "__init__.py").exists()


def test_the_operator_module_is_the_standard_librarys() -> None:
    standard_library = Path(sysconfig.get_path("stdlib"))
    assert Path(operator.__file__).resolve() == (standard_library / "operator.py").resolve()


def test_the_standard_library_starts_with_the_root_first_on_the_path() -> None:
    """An `operator` package on the path would break `collections`, and with it everything."""
    program = "import collections, operator; print(operator.__file__)"
    started = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert started.returncode == 0, started.stderr
    assert not Path(started.stdout.strip()).is_relative_to(ROOT / "operator")


def test_the_installed_version_is_the_projects() -> None:
    assert importlib.metadata.version("certwright") == PROJECT["project"]["version"]


@pytest.mark.parametrize("package", [certwright, acme_server], ids=["certwright", "acme_server"])
def test_packages_are_marked_as_typed(package: ModuleType) -> None:
    assert (resources.files(package) / "py.typed").is_file()


def test_the_console_script_is_the_servers_command_line() -> None:
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="certwright")
    assert script.value == "acme_server.cli:main"


def test_a_wheel_holds_the_packages_with_their_types_and_nothing_beside(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    version = PROJECT["project"]["version"]
    assert {name.split("/")[0] for name in names} == {
        "acme_server",
        "certwright",
        "certwright_operator",
        f"certwright-{version}.dist-info",
    }
    packages = ("acme_server", "certwright", "certwright_operator")
    assert {f"{package}/py.typed" for package in packages} <= set(names)


def test_everything_the_packages_ask_for_is_in_both_locks() -> None:
    for lock in ("runtime.txt", "development.txt"):
        lines = (ROOT / "requirements" / lock).read_text().splitlines()
        locked = {line.partition("==")[0] for line in lines if "==" in line}
        asked = (re.match(r"[\w.-]+", text) for text in PROJECT["project"]["dependencies"])
        wanted = {name[0].lower() for name in asked if name}
        assert wanted <= locked, lock


def test_both_locks_agree_on_every_version() -> None:
    runtime, development = (
        {
            line.split()[0]
            for line in (ROOT / "requirements" / name).read_text().splitlines()
            if "==" in line
        }
        for name in ("runtime.txt", "development.txt")
    )
    assert runtime <= development


def test_what_a_package_asks_for_with_an_extra_is_locked_with_it() -> None:
    """pip before 24 takes `coverage[toml]` for another requirement than a pinned `coverage`."""
    lines = (ROOT / "requirements" / "development.txt").read_text().splitlines()
    locked = {line.partition("==")[0] for line in lines if "==" in line}
    asked = {
        match[0]
        for name in (each.partition("[")[0] for each in locked)
        for text in _asked_by(name)
        if (match := re.match(r"[\w.-]+\[[\w,-]+\]", text)) and "extra ==" not in text
    }
    assert "coverage[toml]" in asked
    assert asked <= locked


def _asked_by(name: str) -> list[str]:
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:  # of another platform or Python
        return []
