"""The chart grants what manifests/ grants, which is proved to be just enough."""

import copy
import json
from collections.abc import Iterable
from typing import Any

import pytest

from tests.cluster.chart.chart import OPERATOR_NAMESPACE, Helm, Values
from tests.cluster.harness import manifests
from tests.cluster.harness.resources import Document

_SAID = ("rules", "roleRef", "subjects", "spec")
_AGGREGATED = "rbac.authorization.k8s.io/aggregate-to-"
_CERT_MANAGER = "cert-manager.io"

Place = tuple[str, str, str]


def _grants(documents: Iterable[Document]) -> dict[Place, dict[str, Any]]:
    """Return what documents grant or bind, by kind, namespace and name."""
    return {
        (each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]): {
            **{part: each[part] for part in _SAID if part in each},
            "aggregated": {
                label: value
                for label, value in each["metadata"].get("labels", {}).items()
                if label.startswith(_AGGREGATED)
            },
        }
        for each in documents
        if each["kind"] == "ServiceAccount"
        or each["apiVersion"].startswith(("rbac.", "admissionregistration."))
    }


def _manifests(*tenants: str, injecting: bool = True) -> dict[Place, dict[str, Any]]:
    """Return what manifests/ grants, for tenants everywhere or in the namespaces named."""
    files = [each.name for each in sorted(manifests.FOLDER.glob("*.yaml"))]
    documents = [each for name in files for each in manifests.read(name)]
    for tenant in tenants:
        for each in manifests.read("tenant-secrets/named-namespace.yaml"):
            own = copy.deepcopy(each)
            own["metadata"]["namespace"] = tenant
            documents.append(own)
    if not tenants:
        documents += manifests.read("tenant-secrets/cluster-wide.yaml")
    return _grants(documents if injecting else _without_cert_manager(documents))


def _without_cert_manager(documents: list[Document]) -> list[Document]:
    """Return the documents without rules and policies about cert-manager."""
    about = [each for each in documents if _CERT_MANAGER in str(each.get("spec", ""))]
    policies = {each["metadata"]["name"] for each in about}
    left = [each for each in documents if each["metadata"]["name"] not in policies]
    return [_without_rules(each) for each in left]


def _without_rules(role: Document) -> Document:
    rules = [rule for rule in role.get("rules", ()) if _CERT_MANAGER not in rule["apiGroups"]]
    return role | ({"rules": rules} if rules else {})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, _manifests()),
        (
            {"operator": {"tenantSecrets": {"namespaces": ["team-a", "team-b"]}}},
            _manifests("team-a", "team-b"),
        ),
        ({"operator": {"certManager": {"injectCA": False}}}, _manifests(injecting=False)),
    ],
    ids=["tenants everywhere", "tenants in named namespaces", "no trust for cert-manager"],
)
def test_the_chart_grants_exactly_what_the_manifests_grant(
    helm: Helm, values: Values, expected: dict[Place, dict[str, Any]]
) -> None:
    granted = _grants(helm.rendered(values))
    assert sorted(granted) == sorted(expected)
    for place, said in expected.items():
        assert granted[place] == said, place


def test_trust_is_injected_by_rights_of_its_own() -> None:
    assert _manifests() != _manifests(injecting=False)


def test_in_other_namespaces_the_grants_are_the_same(helm: Helm) -> None:
    """So no name of theirs is left behind in a rule, a binding or a policy."""
    documents = helm.rendered({"server": {"namespace": "acme-test"}}, namespace="pki-system")
    granted = json.dumps([[list(place), said] for place, said in _grants(documents).items()])
    expected = json.dumps([[list(place), said] for place, said in _manifests().items()])
    # Accounts and objects have the server's name, too.
    namespaces = (
        ('"namespace": "certwright-acme"', '"namespace": "acme-test"'),
        ('Role", "certwright-acme"', 'Role", "acme-test"'),
        ('Binding", "certwright-acme"', 'Binding", "acme-test"'),
        ('ServiceAccount", "certwright-acme"', 'ServiceAccount", "acme-test"'),
        ("certwright-system", "pki-system"),
    )
    for old, new in namespaces:
        assert old in expected
        expected = expected.replace(old, new)
    assert sorted(json.loads(granted)) == sorted(json.loads(expected))


def test_kubernetes_roles_take_up_nothing_if_that_is_not_wanted(helm: Helm) -> None:
    granted = _grants(helm.rendered({"rbac": {"aggregateClusterRoles": False}}))
    assert not any(each["aggregated"] for each in granted.values())
    assert {name for kind, _, name in granted if kind == "ClusterRole"} == {
        name for kind, _, name in _manifests() if kind == "ClusterRole"
    }


def test_pods_alone_get_tokens(helm: Helm) -> None:
    rendered = helm.rendered({}, OPERATOR_NAMESPACE)
    accounts = [each for each in rendered if each["kind"] == "ServiceAccount"]
    assert [each["automountServiceAccountToken"] for each in accounts] == [False, False]
