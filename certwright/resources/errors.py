"""What is wrong with a document, as values: where it stands, what was found, what is allowed."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

FieldPath = tuple[str | int, ...]
"""The way from a document's top to a value: names of fields and places in lists, from 0."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_MOST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object, or what should have been one, was read.

    `document` counts from 1; `line`, also from 1, is where the object begins, 0 if unknown. `kind`,
    `namespace` and `name` are empty as long as they are unknown.
    """

    file: str
    document: int = 0
    line: int = 0
    kind: str = ""
    namespace: str = ""
    name: str = ""

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        document = f" (document {self.document})" if self.document else ""
        return f"{self.file}{line}{document}"

    @property
    def title(self) -> str:
        """The object's kind, namespace and name, as far as they are known."""
        key = "/".join(part for part in (self.namespace, self.name) if part)
        return " ".join(part for part in (self.kind, key) if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a document that its writer should know.

    `place.line` is the line of the finding itself where that is known. `path` is the field's, such
    as `spec.acme.challenges[1]`; `message` says what is allowed, `found` what stands there.
    """

    place: Place
    message: str
    path: str = ""
    found: str = ""

    def __str__(self) -> str:
        found = f"; found {self.found}" if self.found else ""
        parts = (str(self.place), self.place.title, self.path, self.message + found)
        return ": ".join(part for part in parts if part)


class ResourceError(Finding):
    """What makes a document, or a file, unusable."""

    __slots__ = ()


class ResourceNotice(Finding):
    """What its writer should know of a document although it can be used, or is left aside."""

    __slots__ = ()


def write_path(path: FieldPath) -> str:
    """Return a path as people write it: `spec.acme.challenges[1]`, `metadata.labels["a/b"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{show(part)}]"
    return text


def show(value: object) -> str:
    """Return a value of a document on one line, shortened; a private key is never shown."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str) and "PRIVATE KEY" in value:
        return "a private key"
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = text.encode("utf-8", "backslashreplace").decode()
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def listing(words: Sequence[str]) -> str:
    """Return words as a sentence lists them: `a, b or c`."""
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
