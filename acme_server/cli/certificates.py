"""`certwright certificates`: what was issued, to whom, and what has been revoked."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from acme_server.cli.failures import Unusable
from acme_server.cli.issued import Issued, State, issued_certificates
from acme_server.cli.options import ObjectName, Output, data_option, notes, output_option
from acme_server.cli.output import table, terminal_width, write_json
from acme_server.standalone.data import DATABASE
from acme_server.stores.sql.errors import DatabaseUnusable
from acme_server.system import SystemClock
from certwright.resources.times import format_time

_HEADERS: Final = ("SERIAL", "PROFILE", "ACCOUNT", "NOT AFTER", "STATE", "NAMES")


@click.command(
    "certificates",
    epilog=notes(
        "certwright certificates",
        "certwright certificates --profile pki/web --revoked -o json",
        exits={0: "the list was read, be it empty", 2: "there is no data folder, or no database"},
    ),
)
@data_option
@click.option("--profile", "profile_name", type=ObjectName(), help="Only those of this profile.")
@click.option("--revoked", is_flag=True, help="Only those that have been revoked.")
@output_option
def command(data: Path, profile_name: tuple[str, str] | None, revoked: bool, output: str) -> None:
    """List the issued certificates, the latest last.

    Serial number, profile, account, end, state (valid, expired, or revoked with when and why) and
    names. The database is only read, also while a server runs on it.
    """
    found = _wanted(_read(data), profile_name, revoked)
    if output == Output.JSON:
        write_json([dict(each.fields) for each in found])
    elif found:
        click.echo(table(_HEADERS, [_row(each) for each in found], terminal_width()))
    else:
        click.echo("no certificates", err=True)


def _read(data: Path) -> tuple[Issued, ...]:
    if not data.is_dir():
        raise Unusable(
            f"there is no data folder {data}: start `certwright serve`, or name another with --data"
        )
    try:
        return issued_certificates(data / DATABASE, SystemClock().now())
    except DatabaseUnusable as unusable:
        raise Unusable(str(unusable)) from None


def _wanted(
    found: Iterable[Issued], profile: tuple[str, str] | None, revoked: bool
) -> tuple[Issued, ...]:
    name = None if profile is None else "/".join(profile)
    return tuple(
        each
        for each in found
        if name in (None, each.certificate.profile) and (each.state is State.REVOKED or not revoked)
    )


def _row(issued: Issued) -> tuple[str, ...]:
    found = issued.certificate
    end = format_time(found.not_after)
    names = ", ".join(issued.names)
    return found.id, found.profile, found.account, end, issued.state_text, names
