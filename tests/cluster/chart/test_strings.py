"""Names that YAML would read as numbers or booleans: they are names all the same."""

from collections.abc import Iterator
from typing import Any

import yaml

from tests.cluster.chart.chart import CHART, Helm, of_kind

_STRINGS = {
    "app.kubernetes.io/instance",
    "claimName",
    "host",
    "image",
    "ingressClassName",
    "loadBalancerClass",
    "name",
    "namespace",
    "priorityClassName",
    "secretName",
    "storage",
    "storageClassName",
}

_VALUES = {
    "image": {"repository": "1", "tag": "2"},
    "operator": {"priorityClassName": "3", "tenantSecrets": {"namespaces": ["on", "0x1f", "007"]}},
    "server": {
        "namespace": "123",
        "replicaCount": 1,
        "priorityClassName": "4",
        "store": {"kind": "sqlite", "sqlite": {"size": "1000", "storageClassName": "5"}},
        "tls": {"existingSecret": "6"},
        "service": {"type": "LoadBalancer", "loadBalancerClass": "7"},
        "ingress": {"enabled": True, "className": "8", "host": "acme.example.com"},
    },
}


def _strings(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in _STRINGS and not isinstance(value, dict):
                yield key, value
            yield from _strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value)


def test_names_that_look_like_something_else_stay_names(helm: Helm) -> None:
    given = helm.written(_VALUES)
    output = helm("template", "42", str(CHART), "--namespace", "2026", *given).succeeded().output
    documents = [each for each in yaml.safe_load_all(output) if each]
    # A definition's schema has properties of these names.
    definitions = of_kind(documents, "CustomResourceDefinition")
    found = list(_strings([each for each in documents if each not in definitions]))
    assert {key for key, _ in found} == _STRINGS
    assert [(key, value) for key, value in found if not isinstance(value, str)] == []
