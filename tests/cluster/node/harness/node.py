"""The cluster of the node tests: one of this run's own with one node, or KUBECONFIG's."""

import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.cluster.harness import kubeconfig, programs
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.programs import ProgramsMissing, Tell
from tests.cluster.harness.resources import Document
from tests.cluster.node.harness import commands, components, diagnostics, dns, leftovers
from tests.cluster.node.harness import machine as machines
from tests.cluster.node.harness.dns import Dns
from tests.cluster.node.harness.images import names, static
from tests.cluster.node.harness.machine import Machine
from tests.end_to_end.harness.programs import Finished

_SOME_NAME = "kubernetes.default.svc.cluster.local"


class NotOurs(Exception):
    """A cluster that KUBECONFIG names has no machine that a test may do as it likes with."""


@dataclass(frozen=True, slots=True)
class Node:
    """A cluster that runs pods, and its administrator's programs.

    Args:
        cluster: how one comes to it.
        folder: for files of the programs; on an own machine with the logs, `*.log` and `logs/`.
        helm_program: Helm.
        own: the machine that it runs on; None for the cluster that KUBECONFIG names.
    """

    cluster: Cluster
    folder: Path
    helm_program: Path
    own: Machine | None = None

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig, for programs of this machine."""
        return self.cluster.kubeconfig

    @property
    def dns(self) -> Dns:
        """The names that pods resolve."""
        return Dns(self.kubectl, self._resolves)

    @property
    def machine(self) -> Machine:
        """The machine that it runs on, of this run's own.

        Raises:
            NotOurs: KUBECONFIG names the cluster.
        """
        if self.own is None:
            raise NotOurs("KUBECONFIG names the cluster: its machines are left alone")
        return self.own

    def kubectl(self, *arguments: str, enough: float = commands.ENOUGH) -> Finished:
        """Run kubectl to its end as the administrator, for `enough` seconds at most."""
        return self._run(self.cluster.kubectl_program, arguments, enough)

    def helm(self, *arguments: str, enough: float = commands.ENOUGH) -> Finished:
        """Run Helm to its end as the administrator, for `enough` seconds at most."""
        return self._run(self.helm_program, arguments, enough)

    def apply(self, *documents: Document) -> None:
        """Apply documents server-side; raise `AssertionError` if the cluster refuses one."""
        file = self.folder / f"applied-{secrets.token_hex(4)}.yaml"
        file.write_text(yaml.safe_dump_all(documents))
        arguments = ("--server-side", "--force-conflicts", f"--filename={file}")
        self.kubectl("apply", *arguments).succeeded()

    def load(self, archive: Path) -> None:
        """Make the images of an archive known to the node, under the names that it gives them.

        A cluster that KUBECONFIG names must have them, or be able to pull them, by itself.
        """
        if self.own is not None:
            self.own.containers.load(archive)

    def run(self, *command: str) -> Finished:
        """Run a command of this machine as a process of the node, in its network, to its end.

        Raises:
            NotOurs: KUBECONFIG names the cluster.
        """
        return self.machine.run(*command)

    def restart_etcd(self) -> None:
        """End etcd as a power cut would, and return when the API server answers again.

        Raises:
            NotOurs: KUBECONFIG names the cluster.
            NotReady: it did not come up again.
        """
        self.machine.restart_etcd()

    def report(self) -> str:
        """Return what one wants to know when a test has failed."""
        return diagnostics.report(self.kubectl, None if self.own is None else self.folder)

    def _resolves(self) -> bool:
        """Tell whether the name server's Service answers; of a given cluster, nobody can tell."""
        if self.own is None:
            return True
        asking = ("busybox", "nslookup", _SOME_NAME, components.DNS)
        # A question that nobody answered would be asked again after some seconds only.
        return self.run("timeout", "1", *asking).code == 0

    def _run(self, program: Path, arguments: tuple[str, ...], enough: float) -> Finished:
        variables = {
            "KUBECONFIG": str(self.kubeconfig),
            # Helm's own files stay with the run.
            "HELM_CACHE_HOME": str(self.folder / "helm" / "cache"),
            "HELM_CONFIG_HOME": str(self.folder / "helm" / "config"),
            "HELM_DATA_HOME": str(self.folder / "helm" / "data"),
        }
        return commands.run((str(program), *arguments), self.folder, variables, enough)


class NodeFailed(Exception):
    """The node's programs run, but no pod does; the message has the cluster's report."""


@contextmanager
def running(folder: Path, environment: Mapping[str, str], tell: Tell) -> Iterator[Node]:
    """Give the cluster that KUBECONFIG names, or else one with a node that ends with the context.

    Args:
        folder: an empty folder for its files.
        environment: the variables of this process.
        tell: is told what takes long.

    Raises:
        ProgramsMissing: a program that is needed is not there.
        KubeconfigUnusable: KUBECONFIG doesn't say how to come to a cluster.
        NodeImpossible: this machine can't run a node.
        NotReady: a program of the own node didn't come up.
        NodeFailed: the own node runs no pods.
    """
    if path := environment.get("KUBECONFIG"):
        tell(f"the tests run on the cluster that KUBECONFIG names ({path})")
        yield _given(Path(path), folder)
        return
    commands.check()
    built = programs.node_programs(tell)
    pause, coredns = static.pause(built, tell), static.coredns(built, tell)
    records = programs.cache_folder(environment) / "runs"
    leftovers.sweep(records, tell)
    with machines.running(folder, built, names.PAUSE, records) as own:
        node = Node(own.cluster, folder, built.helm, own)
        _start(node, own, pause, coredns)
        yield node


def _given(path: Path, folder: Path) -> Node:
    access = kubeconfig.read(path, folder)
    return Node(Cluster(access, path.absolute(), _on_path("kubectl")), folder, _on_path("helm"))


def _on_path(name: str) -> Path:
    found = shutil.which(name)
    if found is None:
        raise ProgramsMissing(f"{name} is not on the PATH, and KUBECONFIG names a cluster to use")
    return Path(found)


def _start(node: Node, own: Machine, *images: Path) -> None:
    """Start what runs pods of these images, and return when the first of them resolves names."""
    try:
        for image in images:
            node.load(image)
        own.components.start()
        node.apply(*dns.documents(names.COREDNS, components.DNS))
        node.dns.wait()
    except (AssertionError, subprocess.TimeoutExpired) as error:
        raise NodeFailed(f"the node runs no pods: {error}\n\n{node.report()}") from error
