"""Rules that hold at several paths: bounds of durations, networks, choices of namespaces."""

import re
from collections.abc import Iterator
from datetime import timedelta

from certwright.resources.durations import format_duration
from certwright.resources.names import PatternError, network
from certwright.resources.references import (
    LABEL_KEY_PATTERN,
    LONGEST_LABEL_KEY,
    NamespacesFrom,
    Operator,
)
from certwright.resources.rule import Rule

_CENTURY = timedelta(hours=876_000)


def duration_between(kind: str, path: str, least: timedelta, most: timedelta = _CENTURY) -> Rule:
    """Return the rule that the duration at `path` lies between two others, both included."""
    low, high = format_duration(least), format_duration(most)
    return Rule(
        kind,
        path,
        f"duration(self) >= duration('{low}') && duration(self) <= duration('{high}')",
        f"must be from {low} to {high}",
        lambda value: least <= value <= most,
        accept=(low, high),
        refuse=tuple(
            format_duration(wrong)
            for wrong in (least - timedelta(seconds=1), most + timedelta(seconds=1))
            if wrong >= timedelta()
        ),
    )


def _is_network(value: object) -> bool:
    try:
        network(value)
    except PatternError:
        return False
    return True


def is_network(kind: str, path: str) -> Rule:
    """Return the rule that the text at `path` is a network; its type says the same in Python."""
    return Rule(
        kind,
        path,
        "isCIDR(self) && cidr(self).masked() == cidr(self)",
        "must be a network as CIDR without bits after its prefix, such as 192.0.2.0/24",
        _is_network,
        accept=("192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0"),
        refuse=("192.0.2.1/24", "256.0.0.0/8", "::ffff:192.0.2.0/120"),
    )


def _is_label_key(key: str) -> bool:
    return len(key) <= LONGEST_LABEL_KEY and re.fullmatch(LABEL_KEY_PATTERN, key) is not None


def choice_of_namespaces(kind: str, path: str) -> Iterator[Rule]:
    """Yield the rules of a choice of namespaces: its selector, its labels and requirements."""
    yield Rule(
        kind,
        path,
        "(self.from == 'Selector') == has(self.selector)",
        "selector must be given with `from: Selector`, and only then",
        lambda value: (value.from_ is NamespacesFrom.SELECTOR) == (value.selector is not None),
        accept=({}, {"from": "All"}, {"from": "Selector", "selector": {}}),
        refuse=({"from": "Selector"}, {"from": "All", "selector": {}}, {"selector": {}}),
    )
    yield Rule(
        kind,
        f"{path}.selector.matchLabels",
        f"self.all(key, size(key) <= {LONGEST_LABEL_KEY} && key.matches('{LABEL_KEY_PATTERN}'))",
        "must have labels' keys: an optional DNS prefix and /, then at most 63 characters",
        lambda labels: all(_is_label_key(key) for key in labels),
        accept=({"team": "a"}, {"acme.com/Team_1": ""}, {}),
        refuse=({"team!": "a"}, {"": "a"}, {"a/b/c": "a"}, {"l" * 64: "a"}),
    )
    yield Rule(
        kind,
        f"{path}.selector.matchExpressions[]",
        "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
        "values must be given with the operators In and NotIn, and only then",
        lambda value: (value.operator in {Operator.IN, Operator.NOT_IN}) == bool(value.values),
        accept=(
            {"key": "team", "operator": "In", "values": ["a"]},
            {"key": "team", "operator": "NotIn", "values": ["a", "b"]},
            {"key": "team", "operator": "Exists"},
            {"key": "team", "operator": "DoesNotExist", "values": []},
        ),
        refuse=(
            {"key": "team", "operator": "In"},
            {"key": "team", "operator": "NotIn", "values": []},
            {"key": "team", "operator": "Exists", "values": ["a"]},
        ),
    )
