"""`certwright status`: how every object stands, and what people look for in a status."""

from pathlib import Path
from typing import Final

import click

from acme_server.cli.failures import Unusable
from acme_server.cli.objects import (
    BrokenDocuments,
    NoObjects,
    Standing,
    broken_documents,
    standings,
)
from acme_server.cli.options import Output, data_option, notes, output_option
from acme_server.cli.output import table, terminal_width, write_json
from acme_server.sources.folder import KeepingFailed

_HEADERS: Final = ("KIND", "NAMESPACE", "NAME", "READY", "REASON", "MESSAGE")


@click.command(
    "status",
    epilog=notes(
        "certwright status",
        "certwright status --data /var/lib/certwright -o json",
        exits={
            0: "all objects are ready",
            1: "some object is not ready, an edit of it was refused, or documents are broken",
            2: "there is no data folder, or no server has written to it yet",
        },
    ),
)
@data_option
@output_option
@click.pass_context
def command(context: click.Context, data: Path, output: str) -> None:
    """Show how every object stands, as the server has last written it.

    For each object whether it is ready, why, and what people look for: the directory's URL, the
    KID, the end of a certificate. While broken documents hold up all edits, they come first, of
    kind Documents, with each error. As JSON the whole status, certificates and CSRs included.
    """
    found, broken = _read(data)
    shown: tuple[BrokenDocuments | Standing, ...] = found if broken is None else (broken, *found)
    if output == Output.JSON:
        write_json([dict(each.fields) for each in shown])
    else:
        click.echo(table(_HEADERS, [each.row for each in shown], terminal_width()))
    context.exit(0 if broken is None and all(each.well for each in found) else 1)


def _read(data: Path) -> tuple[tuple[Standing, ...], BrokenDocuments | None]:
    try:
        return standings(data), broken_documents(data)
    except (NoObjects, KeepingFailed) as unusable:
        raise Unusable(str(unusable)) from None
