"""What the NetworkPolicies let through, held against what the pods and the settings say."""

from typing import Any, Final

import pytest

from tests.cluster.chart.chart import Helm, container_of, named
from tests.cluster.harness.resources import Document

_NAMESPACES: Final = {
    "certwright-operator": "certwright-system",
    "certwright-acme": "certwright-acme",
}
_POLICY: Final = {"enabled": True, "operationsFrom": [{"namespaceSelector": {}}]}


@pytest.mark.parametrize("deployment", _NAMESPACES)
def test_every_port_that_a_pod_listens_on_is_let_in_and_no_other(
    helm: Helm, deployment: str
) -> None:
    documents = helm.rendered({each: {"networkPolicy": _POLICY} for each in ("operator", "server")})
    listened = {each["containerPort"] for each in container_of(documents, deployment)["ports"]}
    rules = named(documents, "NetworkPolicy", deployment, _NAMESPACES[deployment])["spec"]
    assert {port["port"] for rule in rules["ingress"] for port in rule["ports"]} == listened


@pytest.mark.parametrize(
    ("resolvers", "expected"),
    [
        pytest.param(["192.0.2.53"], set(), id="an address"),
        pytest.param(["192.0.2.53:53"], set(), id="the usual port"),
        pytest.param(["2001:db8::5353"], set(), id="an IPv6 address"),
        pytest.param(["192.0.2.53:5353", "192.0.2.54:5353"], {5353}, id="a port, twice"),
        pytest.param(["[2001:db8::1]:5353", "192.0.2.53:54"], {54, 5353}, id="IPv6 with a port"),
    ],
)
def test_the_server_may_ask_the_resolvers_of_its_settings(
    helm: Helm, resolvers: list[str], expected: set[int]
) -> None:
    server = {"networkPolicy": _POLICY, "settings": {"validation": {"resolvers": resolvers}}}
    for protocol in ("UDP", "TCP"):
        let_out = _let_out(helm, server, protocol)
        assert let_out - _let_out(helm, {"networkPolicy": _POLICY}, protocol) == expected


def _let_out(helm: Helm, server: dict[str, Any], protocol: str) -> set[int]:
    documents: list[Document] = helm.rendered({"server": server})
    policy = named(documents, "NetworkPolicy", "certwright-acme", "certwright-acme")["spec"]
    ports = (port for rule in policy["egress"] for port in rule["ports"])
    return {port["port"] for port in ports if port["protocol"] == protocol}
