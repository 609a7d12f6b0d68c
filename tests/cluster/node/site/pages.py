"""The documentation's commands, as its pages have them."""

import re
import textwrap

from tests.cluster.node.site.site import REPOSITORY

_BLOCK = re.compile(r"^( *)```sh\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


def commands(page: str, heading: str) -> list[str]:
    """Return the blocks of commands of a section, in order, without those of sections below it.

    Args:
        page: a file of `docs`.
        heading: the section's, as it stands there.

    Raises:
        AssertionError: there is no such section, or no command in it.
    """
    text = (REPOSITORY / "docs" / page).read_text()
    sections = re.split(r"^#+ (.*)\n", text, flags=re.MULTILINE)
    found = dict(zip(sections[1::2], sections[2::2], strict=True))
    assert heading in found, f"{page} has no section {heading!r}"
    blocks = [textwrap.dedent(each[2]) for each in _BLOCK.finditer(found[heading])]
    assert blocks, f"{heading!r} of {page} has no commands"
    return blocks


def said_of(text: str, **others: str) -> str:
    """Return commands with the names of a test in place of the page's.

    Args:
        text: the commands.
        others: for each of the page's names, with `_` for `-`, the test's.

    Raises:
        AssertionError: a name isn't in the commands.
    """
    for name, other in others.items():
        written = name.replace("_", "-")
        assert written in text, f"{written} is not in {text!r}"
        text = text.replace(written, other)
    return text
