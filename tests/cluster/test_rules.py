"""The table of rules is replayed: CEL in the API server decides as the predicates in Python do."""

import json
from typing import Any

import pytest

from certwright.resources.rule import Example, Rule, TransitionRule, example_document
from certwright.resources.rules import RULES
from certwright.resources.validation import parse_resource
from tests.cluster.harness.client import Client, Refused
from tests.cluster.harness.resources import Document

pytestmark = pytest.mark.usefixtures("definitions")


def _case(rule: Rule | TransitionRule, *examples: Example) -> Any:
    shown = " ".join(json.dumps(example) for example in examples)
    return pytest.param(rule, *examples, id=f"{RULES.index(rule)} {rule.kind} {rule.path} {shown}")


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


@pytest.mark.parametrize(("rule", "example"), _states(accepted=True))
async def test_an_accepted_example_is_accepted_and_means_the_same_after_it(
    client: Client, rule: Rule, example: Example
) -> None:
    document = example_document(rule.kind, rule.path, example)
    stored = await client.create(document, dry_run=True)
    assert parse_resource(stored).spec == parse_resource(document).spec


@pytest.mark.parametrize(("rule", "example"), _states(accepted=False))
async def test_a_refused_example_is_refused_by_its_rule_and_no_other(
    client: Client, rule: Rule, example: Example
) -> None:
    with pytest.raises(Refused) as caught:
        await client.create(example_document(rule.kind, rule.path, example), dry_run=True)
    _refused_by(rule, caught.value)


@pytest.mark.parametrize(("rule", "old", "new"), _changes(accepted=True))
async def test_an_accepted_change_is_accepted(
    client: Client, namespace: str, rule: TransitionRule, old: Example, new: Example
) -> None:
    await client.replace(await _changed(client, namespace, rule, old, new), dry_run=True)


@pytest.mark.parametrize(("rule", "old", "new"), _changes(accepted=False))
async def test_a_refused_change_is_refused_by_its_rule_and_no_other(
    client: Client, namespace: str, rule: TransitionRule, old: Example, new: Example
) -> None:
    changed = await _changed(client, namespace, rule, old, new)
    with pytest.raises(Refused) as caught:
        await client.replace(changed, dry_run=True)
    _refused_by(rule, caught.value)


async def _changed(
    client: Client, namespace: str, rule: TransitionRule, old: Example, new: Example
) -> Document:
    """Return the document of a change to an object that is stored as it was before."""
    document = example_document(rule.kind, rule.path, old)
    document["metadata"]["namespace"] = namespace
    stored = await client.create(document)
    return stored | {"spec": example_document(rule.kind, rule.path, new)["spec"]}


def _refused_by(rule: Rule | TransitionRule, refused: Refused) -> None:
    assert refused.code == 422
    assert {field for field, _ in refused.causes} == {rule.path.replace("[]", "[0]")}
    assert all(message.endswith(f": {rule.message}") for _, message in refused.causes)
