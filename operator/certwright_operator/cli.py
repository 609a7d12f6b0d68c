"""The program `certwright-operator`."""

import asyncio
import gc
import logging
import os
import secrets
import socket
import sys
from datetime import timedelta
from typing import Final

import click

from certwright.resources.durations import DurationError, parse_duration
from certwright_operator import logs
from certwright_operator.api.access import NoAccess
from certwright_operator.endpoint import PortTaken
from certwright_operator.leading.election import LeaseLost
from certwright_operator.logs import LogFormat
from certwright_operator.main import operate
from certwright_operator.running import NotWatched
from certwright_operator.settings import (
    ServingSource,
    ServingTLS,
    Settings,
    SettingsError,
    TenantSecrets,
)
from certwright_operator.triggers.watch import WatchEnded

logger = logging.getLogger(__name__)

_ENDS: Final = (LeaseLost, NoAccess, NotWatched, PortTaken, WatchEnded)
"""What ends the program with a sentence; whoever runs it starts it anew."""

_COLLECTING: Final = (50_000, 50, 100)
"""Thresholds of Python's garbage collector. Its own make it go through all that is known of every
object again and again: a quarter of a restart's CPU with ten thousand, for 2 MiB."""

_EXAMPLE: Final = """\b
Example:
  certwright-operator run --server-url=https://acme.example.com
"""


class _Duration(click.ParamType[timedelta]):
    """A duration as Go writes it."""

    name = "DURATION"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Return the duration."""
        if isinstance(value, timedelta):
            return value
        try:
            return parse_duration(str(value))
        except DurationError as error:
            self.fail(f"{value!r} can't be used: it {error}", param, ctx)


class _Listen(click.ParamType[tuple[str, int]]):
    """A host and a port."""

    name = "HOST:PORT"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Return host and port."""
        host, _, port = str(value).rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            self.fail(f"{value!r} is not HOST:PORT, such as 0.0.0.0:8080", param, ctx)
        return host.removeprefix("[").removesuffix("]"), int(port)


@click.group()
def application() -> None:
    """Carry out in a cluster what CertificateAuthorities, templates, profiles and credentials say.

    Every option can be given by the environment, too: --server-url as
    CERTWRIGHT_OPERATOR_SERVER_URL.
    """


@application.command(
    epilog=_EXAMPLE, context_settings={"auto_envvar_prefix": "CERTWRIGHT_OPERATOR"}
)
@click.option(
    "--operator-namespace",
    default="certwright-system",
    show_default=True,
    metavar="NAMESPACE",
    help="Where keys of authorities and the operator's Lease are.",
)
@click.option(
    "--server-namespace",
    default="certwright-acme",
    show_default=True,
    metavar="NAMESPACE",
    help="Where the ACME server finds what it serves.",
)
@click.option(
    "--server-url",
    required=True,
    metavar="URL",
    help="The ACME server's URLs begin with this: https://HOST or https://HOST:PORT.",
)
@click.option(
    "--tenant-namespace",
    "--tenant-namespaces",
    "tenant_namespaces",
    multiple=True,
    metavar="NAMESPACE",
    help="Write Secrets of EABCredentials in this namespace; may be given several times. Without "
    "it in all, which takes a ClusterRole with get, create and patch on Secrets.",
)
@click.option(
    "--serving-tls",
    type=click.Choice([each.value for each in ServingSource]),
    default=ServingSource.ISSUED.value,
    show_default=True,
    help="Who makes the server's certificate: the operator, from a root of its own, or somebody "
    "else. What clients are to trust is published either way.",
)
@click.option(
    "--serving-secret",
    default="serving-tls",
    show_default=True,
    metavar="NAME",
    help="The Secret with the server's certificate, in the server's namespace.",
)
@click.option(
    "--serving-name",
    "--serving-names",
    "serving_names",
    multiple=True,
    metavar="DNSNAME",
    help="A name that the certificate is for, too; may be given several times. The host of "
    "--server-url and the hostnames of profiles needn't be given.",
)
@click.option(
    "--resync",
    type=_Duration(),
    default="10m",
    show_default=True,
    help="How often everything is read and held against what should be.",
)
@click.option(
    "--identity",
    metavar="NAME",
    help="Tells this replica from others, and stays the same over its restarts: a pod's name. "
    "Without it, the host's name and something random.",
)
@click.option(
    "--listen",
    type=_Listen(),
    default="0.0.0.0:8080",  # the kubelet comes from outside
    show_default=True,
    help="Where /livez, /readyz and /metrics are answered.",
)
@click.option(
    "--inject-ca/--no-inject-ca",
    default=True,
    show_default=True,
    help="Set spec.acme.caBundle of cert-manager's Issuers and ClusterIssuers that are annotated "
    "certwright.dev/inject-ca-from: NAMESPACE/PROFILE. They need not be there.",
)
@click.option(
    "--log-format",
    type=click.Choice([each.value for each in LogFormat]),
    default=LogFormat.JSON.value,
    show_default=True,
    help="One line a record, for people or for programs.",
)
def run(  # noqa: PLR0913 - one for each option
    *,
    operator_namespace: str,
    server_namespace: str,
    server_url: str,
    tenant_namespaces: tuple[str, ...],
    serving_tls: str,
    serving_secret: str,
    serving_names: tuple[str, ...],
    resync: timedelta,
    identity: str | None,
    listen: tuple[str, int],
    inject_ca: bool,
    log_format: str,
) -> None:
    """Run until SIGTERM, working while no other replica does.

    The API server is the pod's own, or the one that KUBECONFIG names.
    """
    try:
        settings = Settings(
            operator_namespace,
            server_namespace,
            server_url.removesuffix("/"),
            TenantSecrets(frozenset(tenant_namespaces)),
            identity or f"{socket.gethostname()}_{secrets.token_hex(4)}",
            resync,
            listen=listen,
            inject_ca=inject_ca,
            serving=ServingTLS(ServingSource(serving_tls), serving_secret, serving_names),
        )
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    logs.configure(LogFormat(log_format))
    gc.set_threshold(*_COLLECTING)
    try:
        asyncio.run(operate(settings, os.environ))
    except _ENDS as end:
        click.echo(f"certwright-operator: {end}", err=True)
        sys.exit(1)
    except Exception:
        logger.exception("ended by a defect")
        sys.exit(1)


def main() -> None:
    """Run the program."""
    application(prog_name="certwright-operator")
