"""The pages as text: their headings, links, fenced blocks and words in code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", *sorted(DOCS.rglob("*.md")), *sorted(ROOT.glob("examples/**/*.md")))

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")


def name(page: Path) -> str:
    """Return a page's path below the repository, for the name of a test."""
    return str(page.relative_to(ROOT))


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language and its lines, without what all are indented by."""

    page: Path
    language: str
    text: str

    def __str__(self) -> str:
        return f"{name(self.page)}: {self.text.strip().splitlines()[0][:60]}"


@cache
def blocks(page: Path) -> tuple[Block, ...]:
    """Return a page's fenced blocks."""
    return tuple(
        Block(page, language, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))
        for indent, language, text in _FENCE.findall(page.read_text())
    )


def all_blocks(language: str) -> Iterator[Block]:
    """Yield every page's blocks of a language."""
    for page in PAGES:
        yield from (each for each in blocks(page) if each.language == language)


@cache
def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def links(page: Path) -> list[str]:
    """Return the targets of a page's links."""
    return _LINK.findall(prose(page))


def words(page: Path) -> list[str]:
    """Return what stands in code within a page's sentences."""
    return _CODE.findall(prose(page))


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return what links to a page can name behind `#`, as GitHub makes it of headings."""
    return frozenset(map(_slug, _HEADING.findall(prose(page))))


def _slug(heading: str) -> str:
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
