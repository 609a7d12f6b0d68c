"""A node of this run's own: all that makes it one, started in order and ended for good."""

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness import audit
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.control_plane import ControlPlane
from tests.cluster.harness.processes import Process
from tests.cluster.harness.programs import NodePrograms
from tests.cluster.node.harness import commands, components, forwarding, leftovers
from tests.cluster.node.harness.certificates import KubeletClient
from tests.cluster.node.harness.cgroups import Cgroup
from tests.cluster.node.harness.components import Components
from tests.cluster.node.harness.containers import Containers
from tests.cluster.node.harness.namespaces import Namespaces
from tests.end_to_end.harness.programs import Finished


@dataclass(frozen=True, slots=True)
class Machine:
    """What runs for a node.

    Args:
        cluster: its API, for programs outside of the namespaces.
        forward: brings these to the API server.
    """

    cluster: Cluster
    namespaces: Namespaces
    forward: Process
    control_plane: ControlPlane
    containers: Containers
    components: Components

    @classmethod
    def prepared(
        cls,
        folder: Path,
        programs: NodePrograms,
        cgroup: Cgroup,
        namespaces: Namespaces,
        sandbox: str,
    ) -> "Machine":
        """Return a node of which nothing runs but its namespaces.

        Args:
            folder: for configurations and logs.
            programs: where the programs are.
            cgroup: for its pods; it exists.
            namespaces: where everything runs; they exist.
            sandbox: the image that holds a pod's namespaces.
        """
        client = KubeletClient.written(folder)
        around = components.surroundings(namespaces, client)
        control_plane = ControlPlane.prepared(
            folder, programs.control_plane, audit.flags(folder), around
        )
        place = control_plane.place
        kubectl = programs.control_plane.kubectl
        return cls(
            Cluster(place.access, place.kubeconfig, kubectl, audit.log(folder)),
            namespaces,
            _forward(folder, namespaces, place.api, place.etcd),
            control_plane,
            Containers.prepared(folder, namespaces, sandbox),
            Components.prepared(place, namespaces, programs, client, cgroup.name),
        )

    def start(self) -> None:
        """Start everything that doesn't need images yet.

        Raises:
            NotReady: a program ended instead, or took too long.
        """
        api = self.control_plane.place.api
        self.forward.start(lambda: _listens(api))
        self.control_plane.start()
        self.containers.start()

    def run(self, *command: str) -> Finished:
        """Run a command inside, as a process of the node, to its end."""
        return commands.run((*self.namespaces.inside, *command), self.namespaces.folder)

    def restart_etcd(self) -> None:
        """End etcd as a power cut would, and return when the API server answers again."""
        place = self.control_plane.place
        self.control_plane.etcd.kill()
        self.control_plane.start_etcd()
        self.control_plane.api_server.wait_until(lambda: place.answers("/readyz"))

    def stop(self) -> None:
        """Stop everything."""
        self.components.stop()
        self.containers.process.stop()
        self.namespaces.stop()
        self.control_plane.stop()
        self.forward.stop()


@contextmanager
def running(folder: Path, programs: NodePrograms, sandbox: str, records: Path) -> Iterator[Machine]:
    """Give a node on which no pod can run yet, for want of images; nothing of it stays.

    Args:
        folder: an empty folder, which keeps the logs.
        programs: where the programs are.
        sandbox: the image that holds a pod's namespaces.
        records: keeps what the next run removes when this one is killed.

    Raises:
        NodeImpossible: this machine can't run one.
        NotReady: a program didn't come up.
    """
    commands.check()
    commands.check_room(folder)
    namespaces = Namespaces.prepared(folder)
    with leftovers.recorded(records, namespaces.state) as run, ExitStack() as stack:
        stack.callback(namespaces.stop)
        run.cgroup.make()
        namespaces.start()
        machine = Machine.prepared(folder, programs, run.cgroup, namespaces, sandbox)
        stack.callback(machine.stop)
        machine.start()
        yield machine


def _forward(folder: Path, namespaces: Namespaces, *ports: int) -> Process:
    network = f"/proc/{namespaces.holder.pid}/ns/net"
    program = str(Path(forwarding.__file__))
    command = (sys.executable, program, network, *(str(port) for port in ports))
    return Process(command, folder / "forwarding.log")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
