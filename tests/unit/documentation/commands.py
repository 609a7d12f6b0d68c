"""Commands of shell blocks, taken apart as far as tests need it."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tests.unit.documentation.pages import Block, all_blocks, name

_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
_SEPARATORS = frozenset({"|", "||", "&&", "&", ";", "(", ")", "do", "then", "until", "while"})
_REDIRECTION = re.compile(r"^\d?[<>]+&?\d?$")
_ASSIGNMENT = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*=")


@dataclass(frozen=True, slots=True)
class Command:
    """A command as a page has it: its program, and what is given to it."""

    block: Block
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{name(self.block.page)}: {' '.join(self.words)}"

    @property
    def program(self) -> str:
        return self.words[0]

    @property
    def arguments(self) -> tuple[str, ...]:
        return self.words[1:]

    def positional(self, valued: frozenset[str]) -> list[str]:
        """Return what is no option, by the options whose value is a word of its own."""
        found: list[str] = []
        words = iter(self.arguments)
        for word in words:
            if word == "--":
                break
            if not word.startswith("-"):
                found.append(word)
            elif word in valued:
                next(words, None)
        return found

    def values_of(self, *options: str) -> list[str]:
        """Return what is given with options, behind `=` or as the next word."""
        given = [
            after
            for word, after in zip(self.words, self.words[1:], strict=False)
            if word in options
        ]
        for option in options:
            given += [
                word.removeprefix(f"{option}=")
                for word in self.words
                if word.startswith(f"{option}=")
            ]
        return given


def commands(*programs: str) -> list[Command]:
    """Return every command of these programs that a page's shell blocks have, once a page."""
    found = (
        Command(block, words)
        for block in all_blocks("sh")
        for line in block.text.replace("\\\n", " ").splitlines()
        for words in _split(line)
        if words[0] in programs
    )
    return list({str(command): command for command in found}.values())


def _split(line: str) -> Iterator[tuple[str, ...]]:
    for inner in _SUBSTITUTION.findall(line):
        yield from _split(inner)
    lexer = shlex.shlex(_SUBSTITUTION.sub("SUBSTITUTED", line), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        tokens = list(lexer)
    except ValueError:  # a quotation that goes on over lines: a program's text, not a command
        return
    current: list[str] = []
    for token in [*tokens, ";"]:
        if token in _SEPARATORS:
            if words := _command(current):
                yield words
            current = []
        else:
            current.append(token)


def _command(tokens: list[str]) -> tuple[str, ...]:
    """Return a command without the variables before it and what it reads and writes."""
    while tokens and (_ASSIGNMENT.match(tokens[0]) or tokens[0] == "export"):
        tokens = tokens[1:]
    words: list[str] = []
    rest = iter(tokens)
    for token in rest:
        if _REDIRECTION.match(token):
            if words[-1:] == ["2"]:  # of `2>`
                words.pop()
            next(rest, None)
        else:
            words.append(token)
    return tuple(words)
