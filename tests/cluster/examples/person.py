"""A person in a checkout of the repository, who types commands."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.harness.cluster import Cluster
from tests.end_to_end.harness.programs import Finished, run

CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass(slots=True)
class Person:
    """Types into bash, in a folder with the repository's `examples/`.

    Args:
        folder: where files that commands write come to lie.
        applied: what `clean_up` deletes: paths as `kubectl apply -f` has them.
        namespaces: what it deletes beside.
    """

    cluster: Cluster
    folder: Path
    applied: list[str] = field(default_factory=list)
    namespaces: list[str] = field(default_factory=list)

    @classmethod
    def in_checkout(cls, cluster: Cluster, folder: Path) -> "Person":
        """Return a person in `folder`, which gets the examples and `kubectl`."""
        checkout = folder / "checkout"
        (checkout / "bin").mkdir(parents=True)
        (checkout / "examples").symlink_to(CHECKOUT / "examples")
        (checkout / "bin" / "kubectl").symlink_to(cluster.kubectl_program)
        return cls(cluster, checkout)

    def types(self, commands: str) -> Finished:
        """Run commands in bash, which ends at the first that fails."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        variables = {"PATH": path, "KUBECONFIG": str(self.cluster.kubeconfig)}
        return run(("bash", "-ec", commands), os.environ | variables, self.folder)

    def makes_namespace(self, name: str) -> None:
        """Make a namespace that the example expects; fails if somebody's is there."""
        self.types(f"kubectl create namespace {name}").succeeded()
        self.namespaces.append(name)

    def applies(self, *paths: str) -> Finished:
        """Apply files or folders of `examples/`; their namespaces must not be there yet."""
        named = [f"examples/{path}" for path in paths]
        self.applied.extend(named)
        arguments = " ".join(f"-f {path}" for path in named)
        return self.types(f"kubectl apply {arguments}").succeeded()

    def dry_runs(self, path: str) -> Finished:
        """Ask the API server what it would make of documents, stored already or not."""
        return self.types(f"kubectl apply --dry-run=server --server-side -f examples/{path}")

    def expects_none_of(self, *names: str) -> None:
        """Fail where namespaces of these names are somebody's: they'd be deleted in the end."""
        found = json.loads(self.types("kubectl get namespaces -o json").succeeded().output)
        there = {each["metadata"]["name"] for each in found["items"]}
        assert not there & set(names), "this cluster has namespaces that the examples make"

    def clean_up(self) -> None:
        """Delete what was applied, and wait until all of it is gone."""
        for path in reversed(self.applied):
            self.types(f"kubectl delete --ignore-not-found --timeout=80s -f {path}").succeeded()
        for name in self.namespaces:
            self.types(f"kubectl delete namespace --timeout=80s {name}").succeeded()
