"""What is quoted as the program's words is in the program."""

from functools import cache

import pytest

from scripts.reference import sentences
from tests.unit.documentation.pages import DOCS, ROOT, prose

QUOTED = [
    line.removeprefix("> ")
    for line in prose(DOCS / "troubleshooting.md").splitlines()
    if line.startswith("> ")
]


@cache
def said() -> frozenset[str]:
    return frozenset(_plain(text) for text in sentences.every(ROOT))


def _plain(text: str) -> str:
    return text.replace("%s", sentences.VARIES).replace("%g", sentences.VARIES)


def test_there_are_quotes() -> None:
    assert len(QUOTED) > 40


@pytest.mark.parametrize("quote", QUOTED)
def test_every_quoted_message_is_one_that_the_program_says(quote: str) -> None:
    assert any(quote in text for text in said())
