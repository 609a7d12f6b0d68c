"""Commands run in this process, as a shell would run them."""

import json
from typing import Any

from click.testing import CliRunner, Result

from acme_server.cli import main


def run(*arguments: object) -> Result:
    """Run `certwright` with arguments and return its end; a traceback is raised."""
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


def run_json(*arguments: object) -> tuple[int, Any]:
    """Run a command with `-o json`; return its exit status and what it wrote."""
    ended = run(*arguments, "-o", "json")
    assert not ended.stderr
    return ended.exit_code, json.loads(ended.stdout)
