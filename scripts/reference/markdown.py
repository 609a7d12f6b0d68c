"""Tables of Markdown, and text that stays what it is inside them."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a cell may hold Markdown, but no line break."""
    lines = [_line(head), _line(["---"] * len(head)), *(_line(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def code(text: str) -> str:
    """Return text as it is written, in a cell of a table."""
    fence = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    written = text.replace("|", r"\|")
    return f"{fence}{pad}{written}{pad}{fence}" if text else ""


def prose(text: str) -> str:
    """Return sentences for a cell of a table: on one line, with nothing that ends the cell."""
    return " ".join(text.split()).replace("|", r"\|").replace("<", "&lt;")
