"""`certwright serve`: one server on this machine, over a folder of documents."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import click

from acme_server.assembly import logs
from acme_server.assembly.settings import SettingsError
from acme_server.audit.file import AuditFileUnusable
from acme_server.cli.options import data_option, notes
from acme_server.sources.folder import FolderBroken, KeepingFailed
from acme_server.standalone.assembly import Ready, serve
from acme_server.standalone.lock import DataFolderError
from acme_server.standalone.settings import Settings, load_settings
from acme_server.stores.sql.errors import DatabaseUnusable
from acme_server.web.server import CannotListen
from acme_server.web.tls import InvalidServingCertificate

#: What keeps a server from starting. Each is a sentence that says what to do about.
_PREVENTS_START = (
    AuditFileUnusable,
    CannotListen,
    DataFolderError,
    DatabaseUnusable,
    FolderBroken,
    InvalidServingCertificate,
    KeepingFailed,
    SettingsError,
)


@click.command(
    "serve",
    epilog=notes(
        "certwright serve examples/quickstart --settings examples/settings.yaml",
        "CERTWRIGHT_LISTEN=0.0.0.0:443 CERTWRIGHT_PUBLIC_URL=https://acme.example.com "
        "certwright serve /etc/acme --data /var/lib/acme",
        exits={
            0: "stopped by SIGTERM or SIGINT, after finishing what was in flight",
            1: "could not start, or could not go on: standard error says why",
        },
    ),
)
@click.argument("documents", type=click.Path(path_type=Path), metavar="DIR")
@data_option
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="YAML file of settings; each can also be an environment variable CERTWRIGHT_….",
)
def command(*, documents: Path, data: Path, settings_file: Path | None) -> None:
    """Serve the documents in DIR over ACME until told to stop.

    Writes one line of JSON to standard output when it is ready, with the directory URL of each
    profile and the file that clients need to trust the server; logs go to standard error, a JSON
    object a line. An edit in DIR takes effect within two seconds; a broken one leaves the last good
    state in force and says what is wrong.
    """
    logs.configure()
    try:
        settings = load_settings(settings_file, os.environ)
        asyncio.run(_serve(documents, data, settings, _announce))
    except _PREVENTS_START as error:
        raise click.ClickException(str(error)) from None


async def _serve(
    documents: Path, data: Path, settings: Settings, announce: Callable[[Ready], None]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(documents, data, settings, announce, stop)


def _announce(ready: Ready) -> None:
    trust = None if ready.trust is None else str(ready.trust)
    line = {"ready": True, "directories": dict(ready.directories), "trust": trust}
    if ready.operations is not None:
        line["operations"] = ready.operations
    click.echo(json.dumps(line))
