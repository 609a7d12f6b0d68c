"""`certwright serve-cluster`: one of the servers in a cluster, over what the operator writes."""

import asyncio
import json
import os
import signal
from contextlib import nullcontext
from pathlib import Path

import click

from acme_server.assembly import logs
from acme_server.assembly.settings import SettingsError
from acme_server.audit.file import AuditFileUnusable
from acme_server.cli.options import Namespace, notes
from acme_server.cluster.alone import DatabaseInUse
from acme_server.cluster.assembly import Ready, serve
from acme_server.cluster.settings import ClusterSettings, load_settings
from acme_server.kubernetes_api.access import Access, NotInCluster
from acme_server.kubernetes_api.kubeconfig import KubeconfigUnusable, access_by
from acme_server.stores.sql.errors import DatabaseUnusable
from acme_server.web.server import CannotListen

#: What keeps a server from starting. Each is a sentence that says what to do about.
_PREVENTS_START = (
    AuditFileUnusable,
    CannotListen,
    DatabaseInUse,
    DatabaseUnusable,
    KubeconfigUnusable,
    NotInCluster,
    OSError,
    SettingsError,
)


@click.command(
    "serve-cluster",
    epilog=notes(
        "certwright serve-cluster --settings /etc/certwright/settings.yaml",
        "CERTWRIGHT_PEERS__ADVERTISE=127.0.0.1 certwright serve-cluster --namespace acme-test "
        "--settings settings.yaml --kubeconfig ~/.kube/config",
        exits={
            0: "stopped by SIGTERM or SIGINT, after serving on for a while",
            1: "could not start, or could not go on: standard error says why",
        },
    ),
)
@click.option(
    "--namespace",
    type=Namespace(),
    default="certwright-acme",
    show_default=True,
    help="The server's own namespace: the operator writes its bundles there.",
)
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="YAML file of settings; each can also be an environment variable CERTWRIGHT_….",
)
@click.option(
    "--kubeconfig",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="How to come to the API server from outside; in a pod its ServiceAccount says how.",
)
def command(*, namespace: str, settings_file: Path | None, kubeconfig: Path | None) -> None:
    """Serve the profiles that the operator hands over, beside other replicas, until told to stop.

    `publicURL`, `tls.certificate` and `tls.key` have to be set. State is kept at the API server;
    then `peers.advertise` has to be set too, the pod's address, by which the replicas reach each
    other. With `store.kind` sqlite it is kept in `store.file`, by one server at a time.

    Writes one line of JSON to standard output when it is ready; logs go to standard error, a JSON
    object a line.
    """
    logs.configure()
    try:
        settings = load_settings(settings_file, os.environ)
        by = nullcontext(None) if kubeconfig is None else access_by(kubeconfig)
        with by as given:
            access = given or Access.in_cluster(os.environ)
            asyncio.run(_serve(access, namespace, settings))
    except _PREVENTS_START as error:
        raise click.ClickException(str(error)) from None


async def _serve(access: Access, namespace: str, settings: ClusterSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(access, namespace, settings, _announce, stop)


def _announce(ready: Ready) -> None:
    line = {"ready": True, "directories": dict(ready.directories), "port": ready.port}
    if ready.operations is not None:
        line["operations"] = ready.operations
    click.echo(json.dumps(line))
