"""The command `certwright`: a table of its commands, each loaded only when it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Final

import click


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: the module whose `command` it is, and the line that the list shows of it."""

    module: str
    summary: str


COMMANDS: Final[Mapping[str, Entry]] = MappingProxyType(
    {
        "demo": Entry(
            "acme_server.cli.demo.command", "From nothing to a certificate, step by step."
        ),
        "serve": Entry("acme_server.cli.serve", "Serve a folder of documents over ACME."),
        "serve-cluster": Entry(
            "acme_server.cli.serve_cluster", "Serve what the operator hands over in a cluster."
        ),
        "lint": Entry("acme_server.cli.lint", "Check a folder of documents without serving it."),
        "status": Entry("acme_server.cli.status", "Show how every object stands."),
        "certificates": Entry("acme_server.cli.certificates", "List the issued certificates."),
        "can-i": Entry(
            "acme_server.cli.can_i", "Tell whether a namespace may have a name, and why."
        ),
    }
)


class Commands(click.Group):
    """The group of `COMMANDS`: listing them loads none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names, in the order in which people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command; None if there is none of that name."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = import_module(entry.module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nBegin with:\n  certwright demo\n\n`certwright COMMAND --help` has examples.",
)
@click.version_option(package_name="certwright", message="%(prog)s %(version)s")
def main() -> None:
    """Certwright: a private ACME certificate authority, described by four kinds of documents."""
