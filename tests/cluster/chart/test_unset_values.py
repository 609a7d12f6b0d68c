"""Values that are null, which is how Helm unsets a default: refused by key, or as if empty."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.cluster.chart.chart import CHART, Helm, Values, named, of_kind
from tests.cluster.chart.tables import TABLE

_VALUES = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))


def _nulls(section: dict[str, Any], *above: str) -> Iterator[tuple[str, Values]]:
    """Yield for each value its path, and values in which it alone is null."""
    for key, value in section.items():
        path = (*above, key)
        values: Any = None
        for step in reversed(path):
            values = {step: values}
        yield ".".join(path), values
        if isinstance(value, dict):
            yield from _nulls(value, *path)


def _at(path: str) -> Values:
    section, _, name = path.partition(".")
    found: Values = _VALUES[section][name]
    return found


def _holes(node: Any, path: str = "") -> Iterator[str]:
    """Yield where an object has nothing, or what Go's templates print for nothing."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _holes(value, f"{path}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _holes(value, f"{path}[{index}]")
    elif node is None or _NOTHING.search(str(node)):
        yield path


#: Go's nothing, an argument without its value, and a port that is none.
_NOTHING = re.compile(r"<nil>|=$|:0$")

#: What is refused; whatever else is null is as if empty.
_REQUIRED = {
    "crds.keep",
    "listenHost",
    "operator.livenessProbe.timeoutSeconds",
    "operator.networkPolicy.apiServerPorts",
    "operator.replicaCount",
    "operator.resync",
    "server.drainSeconds",
    "server.namespace",
    "server.replicaCount",
    "server.service.port",
    "server.startupProbe.failureThreshold",
    "server.store.maxCertificates",
    "server.tls",
}


@pytest.mark.parametrize(
    ("path", "values"), [pytest.param(*each, id=each[0]) for each in _nulls(_VALUES)]
)
def test_a_null_is_refused_by_its_key_or_leaves_no_hole(
    helm: Helm, path: str, values: Values
) -> None:
    rendering = helm.template(values)
    if rendering.code:
        assert f"missing property '{path.rpartition('.')[2]}'" in rendering.text
        assert rendering.output == ""
        return
    assert path not in _REQUIRED
    assert list(_holes(list(yaml.safe_load_all(rendering.output)))) == []


@pytest.mark.parametrize("values", TABLE.values(), ids=TABLE)
def test_no_rendering_has_a_hole(helm: Helm, values: Values) -> None:
    assert list(_holes(helm.rendered(values))) == []


_SWITCHED_ON: dict[str, dict[str, Any]] = {
    "server.ingress": {"enabled": True, "host": "acme.example.com"},
    "server.networkPolicy": {"enabled": True},
    "server.podDisruptionBudget": {"enabled": True},
    "server.service": {"type": "LoadBalancer"},
    "operator.networkPolicy": {"enabled": True},
    "operator.podDisruptionBudget": {"enabled": True},
    "prometheus.serviceMonitor": {"enabled": True},
}


@pytest.mark.parametrize(
    ("path", "key"),
    [
        pytest.param(path, key, id=f"{path}.{key}")
        for path, on in _SWITCHED_ON.items()
        for key in _at(path)
        if key not in on
    ],
)
def test_a_null_in_what_is_switched_on_leaves_no_hole_either(
    helm: Helm, path: str, key: str
) -> None:
    section, _, name = path.partition(".")
    rendering = helm.template({section: {name: {**_SWITCHED_ON[path], key: None}}})
    if rendering.code:
        assert f"'/{section}/{name}': missing property '{key}'" in rendering.text
        return
    assert list(_holes(list(yaml.safe_load_all(rendering.output)))) == []


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        ({"minAvailable": None}, {"maxUnavailable": 1}),
        ({"minAvailable": None, "maxUnavailable": 2}, {"maxUnavailable": 2}),
        ({"minAvailable": "50%", "maxUnavailable": None}, {"minAvailable": "50%"}),
        ({"minAvailable": 0}, {"minAvailable": 0}),
    ],
    ids=str,
)
def test_a_budget_without_a_number_lets_one_pod_go(
    helm: Helm, budget: Values, expected: Values
) -> None:
    documents = helm.rendered({"server": {"podDisruptionBudget": budget}})
    spec = named(documents, "PodDisruptionBudget", "certwright-acme")["spec"]
    said = {key: spec[key] for key in ("minAvailable", "maxUnavailable") if key in spec}
    assert said == expected


@pytest.mark.parametrize("kept", ["argocd.argoproj.io/sync-options", "helm.sh/resource-policy"])
def test_every_definition_says_that_it_is_kept(helm: Helm, kept: str) -> None:
    definitions = of_kind(helm.rendered({}), "CustomResourceDefinition")
    assert len(definitions) == 11
    assert all(kept in each["metadata"]["annotations"] for each in definitions)
