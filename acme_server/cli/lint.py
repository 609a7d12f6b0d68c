"""`certwright lint`: everything that is wrong with a folder of documents, or odd about it."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from acme_server.cli.linting.findings import LintFinding, Severity
from acme_server.cli.linting.folder import Linted, lint
from acme_server.cli.options import Output, notes, output_option
from acme_server.cli.output import write_json
from acme_server.system import SystemClock

_EXIT: Final[Mapping[Severity | None, int]] = {
    Severity.ERROR: 2,
    Severity.WARNING: 1,
    Severity.NOTICE: 0,
    None: 0,
}
_COLOURS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTICE: "cyan"}


@click.command(
    "lint",
    epilog=notes(
        "certwright lint examples/quickstart",
        "certwright lint --partial team-a/   # the profile is another team's document",
        exits={0: "nothing found, or notices only", 1: "warnings", 2: "errors"},
    ),
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--partial",
    is_flag=True,
    help="Other documents exist elsewhere: a reference out of DIR is a notice, not an error.",
)
@output_option
@click.pass_context
def command(context: click.Context, folder: Path, partial: bool, output: str) -> None:
    """Check the documents in DIR without serving them.

    Errors are all that `certwright serve` would refuse, and all that it would serve in another way
    than it is written: a reference to nothing (DIR is taken for everything there is), one that its
    target doesn't permit, a credential that exceeds its grant, an authority whose constraints
    contradict the one above it. Warnings are valid and can hardly be meant. Notices wait for a
    person, such as an authority that is to be signed offline.

    Nothing is written; keys that are needed to look further are made and thrown away.
    """
    linted = lint(folder, SystemClock().now(), partial=partial)
    if output == Output.JSON:
        write_json([dict(each.fields) for each in linted.findings])
    else:
        _write(linted)
    context.exit(_EXIT[linted.worst])


def _write(linted: Linted) -> None:
    for each in linted.findings:
        click.echo(_coloured(each))
    objects = _counted(linted.objects, "object")
    counts = Counter(each.severity for each in linted.findings)
    found = ", ".join(_counted(counts[each], each) for each in Severity if counts[each])
    click.echo(f"{objects}: {found or 'nothing found'}", err=True)


def _coloured(finding: LintFinding) -> str:
    severity = finding.severity
    shown = click.style(severity, fg=_COLOURS[severity], bold=True)
    return finding.text.replace(f": {severity}: ", f": {shown}: ", 1)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
