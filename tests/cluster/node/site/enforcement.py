"""NetworkPolicies enforced on the node, whose network plugin enforces none.

It knows as much of them as the chart writes, refuses the rest, and knows the pods that there are
when it begins: a later pod is reached by everybody. Traffic is judged behind a Service, where
kube-proxy has put a pod's own address and port already. The node itself reaches every pod, as
kubelet's probes have to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tests.cluster.harness.resources import Document
from tests.cluster.node.harness.node import Node
from tests.cluster.node.site.kubectl import Kubectl

_CHAIN: Final = "POLICIES"
_REFUSED: Final = ("-p", "tcp", "-j", "REJECT", "--reject-with", "tcp-reset")


class Direction(StrEnum):
    """What a policy is about, by the members of its rules."""

    INGRESS = "from"
    EGRESS = "to"

    @property
    def rules(self) -> str:
        """The member of a policy with the rules."""
        return "ingress" if self is Direction.INGRESS else "egress"

    @property
    def own(self) -> str:
        """The option of iptables for the selected pod's address."""
        return "-d" if self is Direction.INGRESS else "-s"

    @property
    def other(self) -> str:
        """The option of iptables for a peer's address."""
        return "-s" if self is Direction.INGRESS else "-d"


@dataclass(frozen=True, slots=True)
class Enforcement:
    """Has iptables let pass what the policies of a cluster allow.

    Args:
        node: whose network it is.
        kubectl: the administrator's.
    """

    node: Node
    kubectl: Kubectl

    @contextmanager
    def on(self) -> Iterator[None]:
        """Enforce the policies that there are, for the pods that there are, in the context."""
        self._iptables("-N", _CHAIN)
        chains = [_CHAIN]
        try:
            self._iptables("-A", _CHAIN, "-m", "conntrack", "--ctstate", _KNOWN, "-j", "RETURN")
            for policy in self.kubectl.list("networkpolicies"):
                for pod in self._selected(policy):
                    chains += self._confine(policy, pod, len(chains))
            for hook in _HOOKS:
                self._iptables("-I", hook, "1", "-j", _CHAIN)
            yield
        finally:
            self._remove(chains)

    def _confine(self, policy: Document, address: str, number: int) -> list[str]:
        """Make a pod's chains for one policy, and return their names."""
        made: list[str] = []
        for direction in Direction:
            chain = f"{_CHAIN}-{number + len(made)}"
            self._iptables("-N", chain)
            made.append(chain)
            for rule in policy["spec"][direction.rules]:
                for match in self._matches(policy, rule, direction):
                    self._iptables("-A", chain, *match, "-j", "RETURN")
            self._iptables("-A", chain, *_REFUSED)
            self._iptables("-A", chain, "-j", "DROP")
            self._iptables("-A", _CHAIN, direction.own, address, "-j", chain)
        return made

    def _matches(
        self, policy: Document, rule: Document, direction: Direction
    ) -> list[tuple[str, ...]]:
        """Return what iptables is told to match, for each peer and port of a rule."""
        peers: list[tuple[str, ...]] = [()]
        if direction in rule:
            found = (self._peer(policy, each) for each in rule[direction])
            peers = [(direction.other, address) for each in found for address in each]
        ports = [
            ("-p", each["protocol"].lower(), "--dport", str(int(each["port"])))
            for each in rule["ports"]
        ]
        return [(*peer, *port) for peer in peers for port in ports]

    def _peer(self, policy: Document, peer: dict[str, Any]) -> set[str]:
        """Return the addresses of the pods that a peer names."""
        assert peer.keys() <= {"podSelector", "namespaceSelector"}, peer
        namespaces = {policy["metadata"]["namespace"]}
        if "namespaceSelector" in peer:
            selector = _labels(peer["namespaceSelector"])
            found = self.kubectl.list("namespaces", selector=selector)
            namespaces = {each["metadata"]["name"] for each in found}
        selector = _labels(peer.get("podSelector", {}))
        return {each for name in namespaces for each in self._addresses(name, selector)}

    def _selected(self, policy: Document) -> set[str]:
        """Return the addresses of the pods that a policy is for."""
        assert set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}, policy["spec"]
        spec = {rules: policy["spec"].setdefault(rules, []) for rules in ("ingress", "egress")}
        assert all("ports" in rule for rules in spec.values() for rule in rules), spec
        selector = _labels(policy["spec"]["podSelector"])
        return self._addresses(policy["metadata"]["namespace"], selector)

    def _addresses(self, namespace: str, selector: str) -> set[str]:
        pods = self.kubectl.list("pods", namespace, selector)
        return {each["status"]["podIP"] for each in pods if each["status"].get("podIP")}

    def _remove(self, chains: list[str]) -> None:
        for hook in _HOOKS:
            # It isn't there where something failed before.
            self.node.run("iptables", "-w", "-D", hook, "-j", _CHAIN)
        for chain in chains:
            self._iptables("-F", chain)
        for chain in chains:
            self._iptables("-X", chain)

    def _iptables(self, *arguments: str) -> None:
        self.node.run("iptables", "-w", *arguments).succeeded()


_KNOWN: Final = "ESTABLISHED,RELATED"
_HOOKS: Final = ("FORWARD", "INPUT")
"""Pods' traffic to one another, and to what runs on the node itself, as the API server does."""


def _labels(selector: Document) -> str:
    """Return a selector as kubectl takes it."""
    assert selector.keys() <= {"matchLabels"}, selector
    return ",".join(f"{name}={value}" for name, value in selector.get("matchLabels", {}).items())
