"""Values: each is documented and in the schema; what can't be meant is refused with a sentence."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.cluster.chart.chart import CHART, ROOT, Helm, Values

_SCHEMA = json.loads((CHART / "values.schema.json").read_text("utf-8"))
_VALUES = (CHART / "values.yaml").read_text("utf-8")
_LINES = _VALUES.splitlines()


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = _SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]]
    return found


def _settled(
    node: yaml.MappingNode, schema: dict[str, Any], path: str = ""
) -> Iterator[tuple[str, bool, set[str], set[str]]]:
    """Yield for each section its path, whether a key is without words, and both sets of keys."""
    keys = {key.value for key, _ in node.value}
    yield path, False, keys, set(schema["properties"]) - {"global"}
    for key, value in node.value:
        where = f"{path}.{key.value}"
        if _LINES[key.start_mark.line - 1].lstrip().startswith("# -- "):
            continue
        if not isinstance(value, yaml.MappingNode) or not value.value:
            yield where, True, set(), set()
            continue
        yield from _settled(value, _resolved(schema["properties"][key.value]), where)


def test_every_value_is_documented_and_in_the_schema_and_nothing_else_is() -> None:
    root = yaml.compose(_VALUES)
    assert isinstance(root, yaml.MappingNode)
    sections = list(_settled(root, _SCHEMA))
    assert [path for path, is_wordless, _, _ in sections if is_wordless] == []
    for path, _, keys, known in sections:
        assert keys == known, path or "the first level"
    assert len(sections) > 15


def test_no_object_of_the_schema_takes_what_it_does_not_know() -> None:
    def open_ones(schema: Any, path: str) -> Iterator[str]:
        if isinstance(schema, dict):
            if "properties" in schema and schema.get("additionalProperties") is not False:
                yield path
            for name, inner in schema.items():
                yield from open_ones(inner, f"{path}/{name}")

    assert list(open_ones(_SCHEMA, "")) == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sever": {}}, "'sever' not allowed"),
        ({"server": {"replicacount": 3}}, "'/server': additional properties 'replicacount'"),
        ({"server": {"store": {"kind": "postgres"}}}, "'/server/store/kind'"),
        ({"server": {"settings": {"listen": "0.0.0.0:8443"}}}, "'listen' not allowed"),
        ({"server": {"settings": {"backdate": "five minutes"}}}, "'/server/settings/backdate'"),
        ({"server": {"settings": {"validation": {"routes": []}}}}, "'routes' not allowed"),
        (
            {"server": {"routes": [{"suffix": "apps.example.com", "to": "a:80"}]}},
            "'/server/routes/0': additional properties 'to'",
        ),
        (
            {"server": {"routes": [{"suffix": "apps.example.com", "target": "ingress"}]}},
            "'/server/routes/0/target'",
        ),
        ({"server": {"drainSeconds": 301}}, "'/server/drainSeconds'"),
        ({"serverURL": "http://acme.example.com"}, "'/serverURL'"),
        ({"serverURL": "https://acme.example.com/acme"}, "'/serverURL'"),
        ({"image": {"digest": "0a"}}, "'/image/digest'"),
        ({"operator": {"resync": 600}}, "'/operator/resync'"),
        (
            {"operator": {"podSecurityContext": {"runAsuser": 1}}},
            "'/operator/podSecurityContext': additional properties 'runAsuser'",
        ),
        ({"crds": {"enabled": "yes"}}, "'/crds/enabled'"),
    ],
    ids=str,
)
def test_a_typo_or_a_wrong_type_is_refused_by_its_key(
    helm: Helm, values: Values, message: str
) -> None:
    refused = helm.template(values).failed()
    assert message in refused.text
    assert refused.output == ""


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"server": {"namespace": "certwright-system"}},
            "the server could read the keys of all authorities",
        ),
        (
            {"operator": {"tenantSecrets": {"namespaces": ["team-a", "certwright-acme"]}}},
            'operator.tenantSecrets.namespaces has "certwright-acme", which is the operator\'s or',
        ),
        (
            {"server": {"store": {"kind": "sqlite"}}},
            "server.replicaCount is 2: set server.replicaCount to 1",
        ),
        (
            {"server": {"tls": {"existingSecret": "acme-tls", "names": ["acme.example.com"]}}},
            'server.tls.existingSecret is "acme-tls": put the names into',
        ),
        (
            {"server": {"ingress": {"enabled": True}}},
            "server.ingress.enabled needs a name that clients reach the Ingress by: set serverURL",
        ),
        (
            {"server": {"podDisruptionBudget": {"minAvailable": 1, "maxUnavailable": 1}}},
            "server.podDisruptionBudget has both minAvailable and maxUnavailable",
        ),
        (
            {
                "operator": {"networkPolicy": {"enabled": True}},
                "prometheus": {"serviceMonitor": {"enabled": True}},
            },
            "name Prometheus in operator.networkPolicy.operationsFrom",
        ),
    ],
    ids=["namespaces", "tenants", "sqlite", "names", "ingress", "disruptions", "metrics"],
)
def test_values_that_contradict_each_other_are_refused_with_a_sentence(
    helm: Helm, values: Values, sentence: str
) -> None:
    refused = helm.template(values).failed()
    assert sentence in refused.text
    assert refused.output == ""


def test_a_cluster_that_would_refuse_the_definitions_is_refused_first(helm: Helm) -> None:
    old = ("--kube-version", "1.30.9")
    refused = helm("template", "certwright", str(CHART), *old, "-n", "certwright-system").failed()
    assert "chart requires kubeVersion: >=1.31.0-0" in refused.text


def test_the_chart_is_of_the_version_that_the_project_has() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'version = "{chart["appVersion"]}"' in project
