import subprocess
import sys
from importlib.metadata import version
from inspect import cleandoc

import pytest

from acme_server.cli.application import COMMANDS, main
from tests.service.cli.running import run


def test_the_help_lists_every_command_with_a_sentence() -> None:
    shown = run("--help")
    assert shown.exit_code == 0
    for name, entry in COMMANDS.items():
        assert f"{name} " in shown.stdout
        assert entry.summary in shown.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples_and_its_exit_statuses(name: str) -> None:
    shown = run(name, "--help")
    assert shown.exit_code == 0
    assert "Examples:" in shown.stdout
    assert f"certwright {name}" in shown.stdout
    assert "Exit status:\n" in shown.stdout
    assert cleandoc(main.get_command(main.make_context("", ["x"]), name).help or "")  # type: ignore[union-attr]


def test_the_help_loads_no_command_and_what_it_needs() -> None:
    program = (
        "import sys\nfrom acme_server.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'aiohttp', 'cryptography', 'pydantic', 'sqlalchemy', 'yaml'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_the_version_is_the_packages() -> None:
    assert run("--version").stdout.split()[-1] == version("certwright")


def test_a_command_that_is_none_is_told() -> None:
    ended = run("srve")
    assert ended.exit_code == 2
    assert "srve" in ended.stderr


def test_python_runs_it_where_the_script_is_not_on_the_path() -> None:
    command = (sys.executable, "-m", "acme_server.cli", "--version")
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("certwright ")
