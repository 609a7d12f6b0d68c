"""docs/reference/values.md: the chart's values, from the comments of its values.yaml.

A comment that begins with `# -- ` describes the key below it, with all that is in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from scripts.reference.markdown import code, prose, table

_MARK: Final = "# -- "
_LONGEST: Final = 80
"""Characters of a default that is shown; a longer one is looked up in the file."""

_INTRODUCTION: Final = """\
# The chart's values

`helm show values` prints the file that this is made from. [install.md](../install.md) has which
of them to look at first.
"""


class Undescribed(Exception):
    """A value that no comment says anything of."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the chart: its path, its default as YAML, and what it says."""

    path: str
    default: str
    meaning: str


def page(file: Path) -> str:
    """Return the page."""
    rows = (
        (code(each.path), code(_shown(each.default)), prose(each.meaning)) for each in values(file)
    )
    return f"{_INTRODUCTION}\n{table(('value', 'default', 'what it says'), rows)}"


def values(file: Path) -> Iterator[Value]:
    """Yield the values of a values.yaml, in its order; raise `Undescribed`."""
    text = file.read_text()
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if isinstance(node, yaml.MappingNode):
        yield from _values(node, (), text.splitlines())


def _values(
    mapping: yaml.MappingNode, path: tuple[str, ...], lines: Sequence[str]
) -> Iterator[Value]:
    for key, value in mapping.value:
        below = (*path, str(key.value))
        meaning = _comment(lines, key.start_mark.line)
        if meaning:
            yield Value(".".join(below), _default(value), meaning)
        elif isinstance(value, yaml.MappingNode) and value.value:
            yield from _values(value, below, lines)
        else:
            raise Undescribed(f"{'.'.join(below)}: no comment that begins with `{_MARK}`")


def _comment(lines: Sequence[str], line: int) -> str:
    """Return the description above a line; empty if there is none."""
    said: list[str] = []
    for each in reversed([text.strip() for text in lines[:line]]):
        if each.startswith(_MARK):
            return " ".join([each.removeprefix(_MARK), *said])
        if not each.startswith("#"):
            return ""
        said.insert(0, each.removeprefix("#").strip())
    return ""


def _default(node: yaml.Node) -> str:
    loaded = yaml.safe_load(yaml.serialize(node))
    text = yaml.safe_dump(loaded, default_flow_style=True, width=10_000, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...").replace("''", '""')


def _shown(default: str) -> str:
    return default if len(default) <= _LONGEST else "…"
