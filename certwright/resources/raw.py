"""A document as its file says it, before anything is known of kinds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from certwright.resources.errors import FieldPath

MOST_DEPTH = 64
"""Values within values; the four kinds need 12."""
MOST_VALUES = 100_000
"""Values in a document, each alias counted as all that it repeats."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What makes a document unreadable: at a path, on a line (from 1; 0 if unknown)."""

    message: str
    line: int = 0
    path: FieldPath = ()


@dataclass(frozen=True, slots=True)
class RawDocument:
    """A document's plain value, or, if there are problems, nothing of use.

    `line` is where it begins; `lines` knows the lines of its values by their paths.
    """

    value: object = None
    line: int = 0
    lines: Mapping[FieldPath, int] = field(default_factory=dict, repr=False)
    problems: tuple[Problem, ...] = ()

    def line_of(self, path: FieldPath) -> int:
        """Return the line of the value at `path`, or of what is nearest around it; 0 if unknown."""
        for end in range(len(path), -1, -1):
            if line := self.lines.get(path[:end]):
                return line
        return self.line


class Unreadable(Exception):
    """Ends the reading of one document, carrying the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem
