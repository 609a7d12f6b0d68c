"""References mean the own namespace by default; consent is same, all, or by labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.resources.metadata import ObjectKey
from certwright.resources.namespaces import Namespace, NamespaceMeta, implied_namespace
from certwright.resources.references import AllowedNamespaces, LocalReference, Namespaces

_SELECTOR = {"matchLabels": {"team": "true"}}


def test_a_reference_means_the_own_namespace_unless_it_names_one() -> None:
    assert LocalReference(name="root").key("pki") == ObjectKey("pki", "root")
    assert LocalReference(name="root", namespace="ca").key("pki") == ObjectKey("ca", "root")
    assert str(ObjectKey("pki", "root")) == "pki/root"


@pytest.mark.parametrize(
    ("expression", "labels", "selected"),
    [
        ({"operator": "In", "values": ["a", "b"]}, {"tier": "b"}, True),
        ({"operator": "In", "values": ["a"]}, {"tier": "b"}, False),
        ({"operator": "In", "values": ["a"]}, {}, False),
        ({"operator": "NotIn", "values": ["a"]}, {"tier": "b"}, True),
        ({"operator": "NotIn", "values": ["a"]}, {"tier": "a"}, False),
        ({"operator": "NotIn", "values": ["a"]}, {}, True),
        ({"operator": "Exists"}, {"tier": ""}, True),
        ({"operator": "Exists"}, {}, False),
        ({"operator": "DoesNotExist"}, {}, True),
        ({"operator": "DoesNotExist"}, {"tier": ""}, False),
    ],
)
def test_a_requirement_selects_as_kubernetes_does(
    expression: dict[str, object], labels: dict[str, str], selected: bool
) -> None:
    selector = {"matchExpressions": [{"key": "tier", **expression}]}
    choice = Namespaces.model_validate({"from": "Selector", "selector": selector})
    assert choice.permits("pki", "team-a", labels) is selected


def test_all_labels_and_requirements_must_match() -> None:
    selector = {**_SELECTOR, "matchExpressions": [{"key": "old", "operator": "DoesNotExist"}]}
    choice = Namespaces.model_validate({"from": "Selector", "selector": selector})
    assert choice.permits("pki", "team-a", {"team": "true"})
    assert not choice.permits("pki", "team-a", {"team": "true", "old": ""})
    assert not choice.permits("pki", "team-a", {"team": "false"})


@pytest.mark.parametrize("model", [Namespaces, AllowedNamespaces])
@given(other=st.sampled_from(["pki", "team-a"]), labelled=st.booleans())
def test_same_means_the_own_namespace_and_all_means_every_one(
    model: type[Namespaces], other: str, labelled: bool
) -> None:
    labels = {"team": "true"} if labelled else {}
    assert model().permits("pki", other, labels) is (other == "pki")
    assert model.model_validate({"from": "All"}).permits("pki", other, labels)


def test_the_own_namespace_may_always_refer_but_is_chosen_by_its_labels_only() -> None:
    value = {"from": "Selector", "selector": _SELECTOR}
    assert AllowedNamespaces.model_validate(value).permits("pki", "pki", {})
    assert not AllowedNamespaces.model_validate(value).permits("pki", "team-a", {})
    assert not Namespaces.model_validate(value).permits("pki", "pki", {})


def test_a_selector_that_is_missing_chooses_nothing() -> None:
    assert not Namespaces.model_validate({"from": "Selector"}).permits("pki", "pki", {})


def test_a_namespace_always_has_the_label_of_its_name() -> None:
    label = {"kubernetes.io/metadata.name": "team-a"}
    assert implied_namespace("team-a").labels == label
    forged = NamespaceMeta(name="team-a", labels={"kubernetes.io/metadata.name": "pki", "x": "y"})
    assert Namespace(metadata=forged).labels == {**label, "x": "y"}
