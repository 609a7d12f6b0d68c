"""`certwright demo`: from nothing to a certificate, in one terminal."""

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from acme_server.cli.demo import certificate
from acme_server.cli.demo.next_steps import commands
from acme_server.cli.demo.programs import find_certbot
from acme_server.cli.demo.scene import Scene, StepFailed
from acme_server.cli.demo.show import play
from acme_server.cli.demo.stage import Stage
from acme_server.cli.demo.steps import STEPS
from acme_server.cli.options import notes


@click.command(
    "demo",
    epilog=notes(
        "certwright demo",
        "certwright demo --keep   # and go on by hand with what it made",
        exits={0: "certbot got a certificate, and it verifies", 1: "something failed, as shown"},
    ),
)
@click.option("--keep", is_flag=True, help="Keep the folder, and show how to go on with it.")
def command(keep: bool) -> None:
    """From nothing to a certificate, in a few seconds and on this machine alone.

    Writes example documents to a temporary folder, serves them on loopback, has certbot get a
    certificate over HTTP-01 with an external account binding, and verifies it. Each step is shown
    with what happened and how long it took. In the end the server is stopped and the folder
    removed.
    """
    certbot = find_certbot()
    if certbot is None:
        raise click.ClickException(
            "certbot, the ACME client of the demo, is not installed; install it with "
            "pip install 'certwright[demo]'"
        )
    with _folder(keep) as folder, _ended_by_terminate():
        click.echo(f"From nothing to a certificate, on this machine alone: in {folder}\n")
        scene = Scene.on_free_ports(folder)
        stage = Stage(scene, certbot)
        try:
            play(STEPS, stage)
        except StepFailed:
            _hint_at_logs(folder, keep)
            sys.exit(1)
        finally:
            stage.close()
        _sum_up(scene, stage, keep)


@contextmanager
def _folder(keep: bool) -> Iterator[Path]:
    """Give a new folder that nobody else can read, and that goes unless it is kept."""
    folder = Path(tempfile.mkdtemp(prefix="certwright-demo-"))
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder)


@contextmanager
def _ended_by_terminate() -> Iterator[None]:
    """Have SIGTERM end the block as SIGINT does, so that server and folder go with it."""

    def end(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _hint_at_logs(folder: Path, keep: bool) -> None:
    if keep:
        click.echo(f"Logs: server.log and certbot/logs in {folder}", err=True)
    else:
        click.echo("For the logs: certwright demo --keep", err=True)


def _sum_up(scene: Scene, stage: Stage, keep: bool) -> None:
    click.secho("The certificate", bold=True)
    for label, text in certificate.summary(scene):
        click.echo(f"   {label:<8}{text}")
    click.echo()
    click.secho("Go on by hand", bold=True)
    for line in commands(scene, stage.directory) if keep else _without_folder():
        click.echo(f"   {line}")


def _without_folder() -> Iterator[str]:
    yield "certwright demo --keep    # keeps the folder, and shows the commands to go on with it"
    yield "certwright --help         # all commands, each with an example"
