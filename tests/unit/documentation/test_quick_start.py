"""The quick start's page has the commands that the node tests type from the example's page."""

from tests.unit.documentation.pages import DOCS, ROOT, blocks

EXAMPLE = ROOT / "examples" / "cluster-quickstart" / "README.md"


def test_the_page_and_the_example_give_the_same_commands() -> None:
    (typed, *_) = [each.text for each in blocks(EXAMPLE) if each.language == "sh"]
    text = (DOCS / "quickstart.md").read_text()
    steps = text.partition("\n## 1. ")[2]
    shown = [each.text for each in blocks(DOCS / "quickstart.md") if each.text in steps]
    assert "".join(shown[: len(typed.splitlines())]) == typed
