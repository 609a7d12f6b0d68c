"""Links lead somewhere."""

from pathlib import Path

import pytest

from tests.unit.documentation.pages import PAGES, anchors, links, name


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    broken = [link for link in links(page) if not _leads_somewhere(page, link)]
    assert not broken


def _leads_somewhere(page: Path, link: str) -> bool:
    if "://" in link:
        return True
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


def test_a_heading_s_anchor_is_github_s() -> None:
    operator = next(page for page in PAGES if page.name == "operator.md")
    assert {"what-is-where", "secrets-of-tenants"} <= anchors(operator)
