import sys

import pytest

from acme_server.cli.output import table, terminal_width

ROWS = [("EABCredential", "it is ready\nKID: team-a.default"), ("Profile", "")]


def test_a_table_is_aligned_and_its_last_column_may_have_lines() -> None:
    assert table(("KIND", "MESSAGE"), ROWS, None).splitlines() == [
        "KIND           MESSAGE",
        "EABCredential  it is ready",
        "               KID: team-a.default",
        "Profile",
    ]


def test_the_last_column_is_wrapped_to_the_terminal() -> None:
    shown = table(("KIND", "MESSAGE"), [("Profile", "word " * 20)], 60)
    assert max(map(len, shown.splitlines())) <= 60
    assert shown.split().count("word") == 20


def test_a_url_is_never_broken() -> None:
    url = "https://localhost:8443/acme/" + "x" * 60
    assert url in table(("KIND", "MESSAGE"), [("Profile", f"its directory is {url}")], 50)


def test_a_terminal_too_narrow_for_the_first_columns_still_shows_the_last() -> None:
    shown = table(("KIND", "MESSAGE"), [("K" * 50, "some words to be wrapped here or there")], 20)
    assert "some words to be wrapped" in shown


class Terminal:
    """Standard output, as far as anybody asks it."""

    def __init__(self, is_terminal: bool) -> None:
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(("is_terminal", "width"), [(True, 77), (False, None)])
def test_only_a_terminal_has_a_width(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, width: int | None
) -> None:
    monkeypatch.setenv("COLUMNS", "77")
    monkeypatch.setattr(sys, "stdout", Terminal(is_terminal))
    assert terminal_width() == width
