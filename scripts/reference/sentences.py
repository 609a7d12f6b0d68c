"""The sentences that the program says, read from its source.

What varies stands as `…`: `f"there is no {which}"` is `there is no …`.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

VARIES: Final = "…"
SOURCES: Final = ("certwright", "acme_server", "operator")
"""The folders of the program, below the repository's root."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that goes with a member of an enum: `Reason.KEY_MISSING`.

    Args:
        member: The member's name.
        sentence: The sentence; empty if it isn't written there.
        ready: Whether a verdict says so of something that is ready.
    """

    member: str
    sentence: str
    ready: bool


def every(root: Path) -> Iterator[str]:
    """Yield every text in the source below a root, joined where it is written in pieces."""
    for tree in _trees(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.expr) and (text := _text(node)):
                yield text


def of_reasons(root: Path) -> Iterator[Said]:
    """Yield what verdicts say, by their reason."""
    for tree in _trees(root):
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                yield from _verdicts(function)


def calls(root: Path, name: str) -> Iterator[str]:
    """Yield the first argument of every call of something, where it is a text."""
    for tree in _trees(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) == name:
                yield from filter(None, map(_text, node.args[:1]))


def _trees(root: Path) -> Iterator[ast.Module]:
    for folder in SOURCES:
        for file in sorted((root / folder).rglob("*.py")):
            yield ast.parse(file.read_text(), str(file))


def _verdicts(function: ast.FunctionDef) -> Iterator[Said]:
    texts = _locals(function)
    for call in ast.walk(function):
        if not isinstance(call, ast.Call) or _called(call) not in {"Verdict", "NotReady"}:
            continue
        ready = any(isinstance(each, ast.Constant) and each.value is True for each in call.args)
        sentence = next(filter(None, (_resolved(each, texts) for each in call.args)), "")
        for member in filter(None, map(_member, call.args)):
            yield Said(member, sentence, ready)


def _locals(function: ast.FunctionDef) -> dict[str, str]:
    """Return the texts that a function gives names to."""
    return {
        target.id: text
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and (text := _text(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _resolved(node: ast.expr, texts: dict[str, str]) -> str:
    return texts.get(node.id, "") if isinstance(node, ast.Name) else _text(node)


def _member(node: ast.expr) -> str | None:
    """Return the name of the member of `Reason` that an argument is."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr if node.value.id == "Reason" else None
    return None


def _called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _text(node: ast.expr) -> str:
    """Return the text of a literal, with what varies in it; empty if it is none."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_part, node.values)).replace(VARIES * 2, VARIES)
    return ""


def _part(node: ast.expr) -> str:
    return _text(node) if isinstance(node, ast.Constant) else VARIES
