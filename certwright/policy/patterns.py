"""Patterns of DNS names: which names they match, and what one says of another.

`*` is exactly one label, `**` one or more, and both are whole labels; `**` stands at most twice. So
a pattern is a small regular language over labels, and containment and intersection are decided
exactly, not by looking at the text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Final, Self

from certwright.pki.names import InvalidName, canonical_dns_name
from certwright.policy.identifiers import Identifier

ONE: Final = "*"
"""The token for exactly one label."""
RUN: Final = "**"
"""The token for one or more labels."""
MOST_RUNS: Final = 2
"""How many `**` a pattern may hold: it bounds the work of `covered`."""

NAMESPACE_PLACEHOLDER: Final = "${namespace}"

_NAMESPACE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# A label that no pattern can spell out, so that only `*` and `**` match it.
_FRESH: Final = "_"


class InvalidPattern(ValueError):
    """A text that is no pattern; it says what was found and what is allowed."""


@dataclass(frozen=True, slots=True)
class DNSPattern:
    """A pattern of DNS names, as its labels; `*` and `**` among them.

    Equal languages are equal values as far as wildcards in a row go: `**.*` is held as `*.**`.
    `text` is the pattern as somebody wrote it, for messages.
    """

    labels: tuple[str, ...]
    text: str = field(default="", compare=False)
    _expression: re.Pattern[str] = field(
        default=re.compile(""), init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Compile the pattern to match whole names."""
        object.__setattr__(self, "_expression", _compiled(self.labels))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the pattern that `text` writes, folded to lower case.

        Raises:
            InvalidPattern: an ill-formed label, a `*` that is not a whole label, too many `**`.
        """
        labels = (text.lower() if text.isascii() else text).split(".")
        fault = _pattern_fault(labels)
        if fault:
            raise InvalidPattern(f"{text!r} is no pattern of DNS names: it {fault}")
        return cls(tuple(_normal(labels)), text)

    @classmethod
    def of(cls, identifier: Identifier) -> Self:
        """Return the pattern of the names that a DNS identifier stands for."""
        return cls(tuple(identifier.value.split(".")), identifier.value)

    def matches(self, name: str) -> bool:
        """Tell whether a name (lower case, no final dot, no wildcard) is among those meant."""
        return self._expression.fullmatch(name) is not None

    def covers(self, other: "DNSPattern") -> bool:
        """Tell whether this pattern matches every name that `other` matches."""
        return covered(other, (self,))

    def intersects(self, other: "DNSPattern") -> bool:
        """Tell whether some name matches both patterns."""
        return _intersect(self.labels, other.labels)

    def __str__(self) -> str:
        """Return the pattern as it was written."""
        return self.text or ".".join(self.labels)


def covered(pattern: DNSPattern, others: Sequence[DNSPattern]) -> bool:
    """Tell whether every name that `pattern` matches is matched by one of `others`.

    Wildcards are replaced by labels that no pattern spells out. Of one number of labels, a pattern
    says of each place "this label" or "any label"; so a union covers it only if one of its members
    does, and that one must have a wildcard wherever the fresh label stands. A run of fresh labels
    longer than a pattern is matched by one of its `**`, which then matches every longer run as
    well: trying runs up to one more than the longest of `others` is trying them all.
    """
    longest = max((len(other.labels) for other in others), default=0)
    return all(
        any(other.matches(name) for other in others)
        for name in _instances(pattern.labels, longest + 1)
    )


def names_covered(identifier: Identifier, patterns: Sequence[DNSPattern]) -> bool:
    """Tell whether every name that an identifier stands for is matched by one of the patterns."""
    if identifier.wildcard:
        return covered(DNSPattern.of(identifier), patterns)
    return any(pattern.matches(identifier.value) for pattern in patterns)


def names_touched(pattern: DNSPattern, identifier: Identifier) -> bool:
    """Tell whether a pattern matches any name that an identifier stands for."""
    if identifier.wildcard:
        return pattern.intersects(DNSPattern.of(identifier))
    return pattern.matches(identifier.value)


def _instances(labels: tuple[str, ...], longest_run: int) -> Iterator[str]:
    """Yield a name with fresh labels for each length that the `**` of a pattern can take."""
    if RUN not in labels:
        yield ".".join(_FRESH if label == ONE else label for label in labels)
        return
    place = labels.index(RUN)
    for length in range(1, longest_run + 1):
        yield from _instances((*labels[:place], *[ONE] * length, *labels[place + 1 :]), longest_run)


def _intersect(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Walk both patterns at once, a label at a time, over the pairs of places they can be at."""
    seen, ahead = set[tuple[int, int]](), [(0, 0)]
    while ahead:
        places = ahead.pop()
        if places in seen:
            continue
        seen.add(places)
        at, also_at = places
        if at == len(one) and also_at == len(other):
            return True
        if at < len(one) and also_at < len(other) and _agree(one[at], other[also_at]):
            ahead.extend((a, b) for a in _after(one, at) for b in _after(other, also_at))
    return False


def _agree(one: str, other: str) -> bool:
    return one == other or one in (ONE, RUN) or other in (ONE, RUN)


def _after(labels: tuple[str, ...], place: int) -> tuple[int, ...]:
    """Return where a pattern can be after it took a label: a `**` may take more."""
    return (place, place + 1) if labels[place] == RUN else (place + 1,)


def _pattern_fault(labels: list[str]) -> str | None:
    if labels.count(RUN) > MOST_RUNS:
        return f"holds `**` {labels.count(RUN)} times; {MOST_RUNS} are allowed"
    if any("*" in label for label in labels if label not in (ONE, RUN)):
        return "has a `*` inside a label; `*` and `**` stand for whole labels"
    try:
        canonical_dns_name(".".join("x" if "*" in label else label for label in labels))
    except InvalidName as error:
        return f"matches no name: {error}"
    return None


def _normal(labels: Iterable[str]) -> Iterator[str]:
    """Write wildcards in a row in one way: `*` as often as needed, then `**` if there was one.

    Two `**` in a row, at least two labels, are `*.**`.
    """
    for wild, group in groupby(labels, lambda label: label in (ONE, RUN)):
        run = list(group)
        if wild and RUN in run:
            run = [ONE] * (len(run) - 1) + [RUN]
        yield from run


@lru_cache(maxsize=4096)
def _compiled(labels: tuple[str, ...]) -> re.Pattern[str]:
    label = r"[^.]+"
    expressions = {ONE: label, RUN: rf"{label}(?:\.{label})*"}
    return re.compile(r"\.".join(expressions.get(each) or re.escape(each) for each in labels))


def substitute_namespace(text: str, namespace: str) -> str:
    """Put a tenant's namespace in the place of `${namespace}`.

    Raises:
        InvalidPattern: the namespace is no DNS label, so it could say more than a name.
    """
    if not _NAMESPACE.fullmatch(namespace):
        raise InvalidPattern(f"{namespace!r} is no namespace: a namespace is a DNS label")
    return text.replace(NAMESPACE_PLACEHOLDER, namespace)
