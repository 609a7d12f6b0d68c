"""The cluster that the tests run on: KUBECONFIG's, or a control plane of this run's own."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness import audit, kubeconfig, programs
from tests.cluster.harness.audit import AuditLog
from tests.cluster.harness.control_plane import ControlPlane
from tests.cluster.harness.kubeconfig import Access
from tests.cluster.harness.programs import ProgramsMissing, Tell
from tests.end_to_end.harness.programs import Finished, run


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster and its administrator.

    Args:
        kubeconfig: for kubectl and the `kubernetes` client.
        audit: what ServiceAccounts asked the API server; None for a cluster that isn't this run's.
    """

    access: Access
    kubeconfig: Path
    kubectl_program: Path
    audit: AuditLog | None = None

    def kubectl(self, *arguments: str) -> Finished:
        """Run kubectl to its end as the administrator."""
        home = self.kubeconfig.parent
        environment = os.environ | {"KUBECONFIG": str(self.kubeconfig)}
        return run((str(self.kubectl_program), *arguments), environment, home)


@contextmanager
def running(folder: Path, environment: Mapping[str, str], tell: Tell) -> Iterator[Cluster]:
    """Give the cluster that KUBECONFIG names, or else one on loopback that ends with the context.

    Args:
        folder: an empty folder for its files.
        environment: the variables of this process.
        tell: is told what takes long.

    Raises:
        ProgramsMissing: what is needed is not there.
        KubeconfigUnusable: KUBECONFIG doesn't say how to come to a cluster.
        NotReady: a process of the own control plane didn't come up.
    """
    if given := environment.get("KUBECONFIG"):
        tell(f"the tests run on the cluster that KUBECONFIG names ({given})")
        access = kubeconfig.read(Path(given), folder)
        yield Cluster(access, Path(given).absolute(), _kubectl_on_path())
        return
    built = programs.prepared(tell)
    control_plane = ControlPlane.prepared(folder, built, audit.flags(folder))
    try:
        control_plane.start()
        place = control_plane.place
        yield Cluster(place.access, place.kubeconfig, built.kubectl, audit.log(folder))
    finally:
        control_plane.stop()


def _kubectl_on_path() -> Path:
    found = shutil.which("kubectl")
    if found is None:
        raise ProgramsMissing("kubectl is not on the PATH, and KUBECONFIG names a cluster to use")
    return Path(found)
