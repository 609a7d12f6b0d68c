"""kubectl as tests speak to it: documents in and out, and waits that say what they wait for."""

import json
from dataclasses import dataclass

from tests.cluster.harness.resources import Document
from tests.cluster.node.harness.commands import ENOUGH
from tests.cluster.node.harness.node import Node
from tests.end_to_end.harness.programs import Finished


@dataclass(frozen=True, slots=True)
class Kubectl:
    """Speaks to the cluster as the administrator, or as whom `user` names.

    Args:
        node: the cluster.
        user: the name of a user to be impersonated, such as a ServiceAccount's.
    """

    node: Node
    user: str | None = None

    def __call__(self, *arguments: str, enough: float = ENOUGH) -> Finished:
        """Run kubectl to its end, for `enough` seconds at most."""
        impersonation = () if self.user is None else (f"--as={self.user}",)
        return self.node.kubectl(*impersonation, *arguments, enough=enough)

    def as_user(self, user: str) -> "Kubectl":
        """Return the same as another user."""
        return Kubectl(self.node, user)

    def get(self, kind: str, name: str, namespace: str | None = None) -> Document:
        """Return an object; raise `AssertionError` if it can't be had."""
        return self._read("get", kind, name, *_in(namespace))

    def list(self, kind: str, namespace: str | None = None, selector: str = "") -> list[Document]:
        """Return the objects of a namespace, or of all."""
        where = _in(namespace) or ("--all-namespaces",)
        selected = (f"--selector={selector}",) if selector else ()
        items: list[Document] = self._read("get", kind, *where, *selected)["items"]
        return items

    def names(self, kind: str, namespace: str | None = None) -> set[str]:
        """Return the names of the objects of a namespace, or of all."""
        return {each["metadata"]["name"] for each in self.list(kind, namespace)}

    def wait(
        self, condition: str, *what: str, namespace: str | None = None, enough: float = ENOUGH
    ) -> None:
        """Return once all of `what` (`KIND/NAME`) have a condition; else raise `AssertionError`.

        Args:
            condition: as of `kubectl wait --for`: `condition=Ready`, `delete`, `jsonpath=…`.
            what: the objects.
            namespace: where they are.
            enough: seconds to wait.
        """
        bound = f"--timeout={enough:g}s"
        # kubectl waits for one object after the other, each for so long.
        all_of_them = enough * max(1, len(what)) + 30
        waited = self(
            "wait", f"--for={condition}", *what, bound, *_in(namespace), enough=all_of_them
        )
        assert waited.code == 0, f"{waited.errors}\n{self._described(what, namespace)}"

    def _read(self, *arguments: str) -> Document:
        found: Document = json.loads(self(*arguments, "--output=json").succeeded().output)
        return found

    def _described(self, what: tuple[str, ...], namespace: str | None) -> str:
        return self("describe", *what, *_in(namespace)).output[-6000:]


def _in(namespace: str | None) -> tuple[str, ...]:
    return () if namespace is None else (f"--namespace={namespace}",)
