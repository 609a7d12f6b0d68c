"""A next version of Certwright, made from this tree, to upgrade to and to roll back from.

Its number is higher, and its accounts have a member in the store that this version has never heard
of.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

VERSION = "0.99.0"
"""The number of the next version."""

MEMBER = "firstSeenBy"
"""The member that its accounts have, as the store has it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A text that stands in a file once, and what stands there in the next version."""

    file: str
    text: str
    becomes: str

    def apply(self, tree: Path) -> None:
        """Change the file below `tree`.

        Raises:
            ValueError: the text isn't there once: the change has to be brought up to date.
        """
        path = tree / self.file
        content = path.read_text()
        if content.count(self.text) != 1:
            raise ValueError(f"{self.file} holds {self.text!r} {content.count(self.text)} times")
        path.write_text(content.replace(self.text, self.becomes))


CHANGES = (
    Change("pyproject.toml", '\nversion = "0.1.0"\n', f'\nversion = "{VERSION}"\n'),
    Change("helm/certwright/Chart.yaml", "\nversion: 0.1.0\n", f"\nversion: {VERSION}\n"),
    Change("helm/certwright/Chart.yaml", '\nappVersion: "0.1.0"\n', f'\nappVersion: "{VERSION}"\n'),
    Change(
        "acme_server/domain/documents/accounts.py",
        "    kind: ClassVar[Kind] = Kind.ACCOUNT\n",
        f'    kind: ClassVar[Kind] = Kind.ACCOUNT\n\n    first_seen_by: str = "{VERSION}"\n',
    ),
)


def make(tree: Path, into: Path) -> None:
    """Write the next version of the tree below `tree` into the folder `into`, which is made."""
    for name in _files(tree):
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(tree / name, target)
    for change in CHANGES:
        change.apply(into)


def _files(tree: Path) -> list[str]:
    """Return the files that are part of the project, whether committed yet or not."""
    listed = subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"),
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (tree / name).is_file()]
