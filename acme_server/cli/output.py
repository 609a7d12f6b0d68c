"""Text and JSON on standard output."""

import json
import shutil
import sys
import textwrap
from collections.abc import Sequence

import click

_GAP = "  "
_NARROWEST = 30


def write_json(value: object) -> None:
    """Write a value as indented JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def terminal_width() -> int | None:
    """Return the columns of the terminal; None if standard output is none, and nothing is cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> str:
    """Return rows under headers; the last column is wrapped to the width and may have lines.

    Args:
        headers: One for each column.
        rows: As many texts each.
        width: Of the terminal; None to leave lines as long as they are.
    """
    columns = [[header, *cells] for header, *cells in zip(headers, *rows, strict=True)]
    widths = [max(map(len, column)) for column in columns[:-1]]
    before = sum(widths) + len(_GAP) * len(widths)
    last = None if width is None else max(width - before, _NARROWEST)
    lines: list[str] = []
    for *cells, text in (headers, *rows):
        start = "".join(f"{cell:<{size}}{_GAP}" for cell, size in zip(cells, widths, strict=True))
        for line in _wrapped(text, last):
            lines.append(f"{start}{line}".rstrip())
            start = " " * before
    return "\n".join(lines)


def _wrapped(text: str, width: int | None) -> list[str]:
    """Break text into lines; a word that is too long, such as a URL, stays whole to be copied."""
    lines = text.splitlines() or [""]
    if width is None:
        return lines
    return [
        part
        for line in lines
        for part in textwrap.wrap(
            line, width, break_long_words=False, break_on_hyphens=False, subsequent_indent="  "
        )
        or [""]
    ]
