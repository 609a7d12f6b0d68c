"""Every rule of the table holds for its accepted examples and fails for the refused ones."""

import json
from typing import Any

import pytest

from certwright.resources.checking import breaches, forbidden_changes
from certwright.resources.kinds import KINDS, AnyResource
from certwright.resources.rule import Example, Rule, TransitionRule, example_document
from certwright.resources.rules import RULES
from certwright.resources.validation import InvalidResource, check_change, parse_resource


def _case(rule: Rule | TransitionRule, *examples: Example) -> Any:
    shown = " ".join(json.dumps(example) for example in examples)
    number = RULES.index(rule)
    return pytest.param(rule, *examples, id=f"{number} {rule.kind} {rule.path} {shown}")


def _states(accepted: bool) -> list[Any]:
    return [
        _case(rule, example)
        for rule in RULES
        if isinstance(rule, Rule)
        for example in (rule.accept if accepted else rule.refuse)
    ]


def _changes(accepted: bool) -> list[Any]:
    return [
        _case(rule, old, new)
        for rule in RULES
        if isinstance(rule, TransitionRule)
        for old, new in (rule.accept if accepted else rule.refuse)
    ]


def _parse(rule: Rule | TransitionRule, example: Example) -> AnyResource:
    return parse_resource(example_document(rule.kind, rule.path, example))


@pytest.mark.parametrize(("rule", "example"), _states(accepted=True))
def test_an_accepted_example_breaks_no_rule_at_all(rule: Rule, example: Example) -> None:
    assert list(breaches(_parse(rule, example))) == []


@pytest.mark.parametrize(("rule", "example"), _states(accepted=False))
def test_a_refused_example_is_refused_at_the_path_of_its_rule(rule: Rule, example: Example) -> None:
    with pytest.raises(InvalidResource) as caught:
        _parse(rule, example)
    expected = rule.path.replace("[]", ".0").split(".")
    # A map's key is refused by its type, at the key itself.
    found = {tuple(str(part) for part in fault.path) for fault in caught.value.faults}
    assert {path[: len(expected)] for path in found} == {tuple(expected)}


@pytest.mark.parametrize(("rule", "old", "new"), _changes(accepted=True))
def test_an_accepted_change_breaks_no_transition_rule(
    rule: TransitionRule, old: Example, new: Example
) -> None:
    check_change(_parse(rule, old), _parse(rule, new))


@pytest.mark.parametrize(("rule", "old", "new"), _changes(accepted=False))
def test_a_refused_change_breaks_its_rule_and_no_other(
    rule: TransitionRule, old: Example, new: Example
) -> None:
    found = list(forbidden_changes(_parse(rule, old), _parse(rule, new)))
    assert [breach.rule for breach in found] == [rule]
    with pytest.raises(InvalidResource, match=r"never|stays"):
        check_change(_parse(rule, old), _parse(rule, new))


_TEXTS = [case for case in _states(accepted=False) if "cidr" in case.values[0].expression.lower()]


@pytest.mark.parametrize(("rule", "example"), _TEXTS)
def test_a_rule_on_networks_says_the_same_as_their_type(rule: Rule, example: str) -> None:
    assert not rule.holds(example)
    assert all(rule.holds(accepted) for accepted in rule.accept)


def test_every_rule_has_examples_of_both_kinds() -> None:
    assert [rule for rule in RULES if not rule.accept or not rule.refuse] == []


def test_every_rule_belongs_to_a_kind() -> None:
    assert {rule.kind for rule in RULES} <= set(KINDS)


def test_a_rule_that_names_an_unknown_field_is_found_out() -> None:
    resource = parse_resource(example_document("EABCredential", "spec", {}))
    wrong = Rule("EABCredential", "spec.nonsense", "", "", lambda _: True, (), ())
    with pytest.raises(LookupError, match="nonsense"):
        list(breaches(resource, (wrong,)))
