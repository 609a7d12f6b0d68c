"""The quick start's commands, as its page has them."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.node.harness import commands
from tests.cluster.node.harness.images import names
from tests.cluster.node.harness.node import Node
from tests.cluster.node.site.documents import INGRESS_CLASS
from tests.cluster.node.site.site import INGRESS, REPOSITORY
from tests.end_to_end.harness.programs import Finished

_PAGE: Final = "examples/cluster-quickstart/README.md"
_PUBLISHED: Final = "ghcr.io/certwright/certwright:0.1.0"
_CLASS: Final = "ingressClassName: nginx"
_TARGET: Final = "ingress-nginx-controller.ingress-nginx.svc.cluster.local:80"


@dataclass(frozen=True, slots=True)
class QuickStart:
    """The page's commands in a copy of what they name, with another ingress controller's names.

    Args:
        node: where they are run.
        folder: a folder with the copy and with programs called as the commands call them.
    """

    node: Node
    folder: Path

    @classmethod
    def prepared(cls, node: Node, folder: Path) -> "QuickStart":
        """Return it with the files in `folder`, which is empty, and the image under its name."""
        for name in ("helm", "examples"):
            shutil.copytree(REPOSITORY / name, folder / name)
        tenant = folder / "examples" / "cluster-quickstart" / "3-tenant.yaml"
        tenant.write_text(
            _replaced(tenant.read_text(), _CLASS, f"ingressClassName: {INGRESS_CLASS}")
        )
        programs = folder / "programs"
        programs.mkdir()
        (programs / "helm").symlink_to(node.helm_program)
        (programs / "kubectl").symlink_to(node.cluster.kubectl_program)
        if node.own is not None:
            node.own.containers.name(names.PRODUCT, _PUBLISHED)
        return cls(node, folder)

    @property
    def commands(self) -> list[str]:
        """The commands of the first block, in order."""
        page = (REPOSITORY / _PAGE).read_text()
        found = re.search(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
        assert found is not None
        return [line for line in found[1].splitlines() if line]

    def run(self, command: str) -> Finished:
        """Run one of the commands in a shell, to its end."""
        return self.typed(command.replace(_TARGET, INGRESS))

    def typed(self, lines: str) -> Finished:
        """Run a page's commands in one shell that ends with the first that fails."""
        path = f"{self.folder / 'programs'}:/usr/local/bin:/usr/bin:/bin"
        variables = {"PATH": path, "KUBECONFIG": str(self.node.kubeconfig)}
        return commands.run(("bash", "-e", "-c", lines), self.folder, variables, enough=400)


def _replaced(text: str, once: str, by: str) -> str:
    assert text.count(once) == 1, f"{once!r} stands there {text.count(once)} times"
    return text.replace(once, by)
