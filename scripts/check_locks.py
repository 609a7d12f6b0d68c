"""Check that lock files pin every requirement by version and hash, and name no place.

    python scripts/check_locks.py requirements/*.txt

A URL or an index option in a lock would send everyone who installs to one machine's package
index; a requirement without a hash would let the index decide what is installed.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

PLACE = re.compile(r"://|^--(index-url|extra-index-url|find-links|trusted-host)|\s@\s")
PINNED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[^]]+\])?==[^\s=;]+(\s*;[^\\]*?)?\s*$")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(?=\s|$)")


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each requirement with the number of its first line, continuations joined."""
    joined, start = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        start = start if joined else number
        joined += line
        if joined.endswith("\\"):
            joined = joined[:-1]
            continue
        yield start, joined
        joined = ""
    if joined:
        yield start, joined


def fault_of(line: str) -> str | None:
    """Return what is wrong with one logical line of a lock file; None if nothing is."""
    if PLACE.search(line):
        return "names a URL or an index; a lock names packages, versions and hashes only"
    if not line.strip() or line.startswith("#"):
        return None
    requirement = HASH.sub("", line)
    if "--" in requirement:
        return "has an option or a hash that is not --hash=sha256:<64 hexadecimal digits>"
    if not PINNED.match(requirement):
        return "is not pinned to one version with =="
    if not HASH.search(line):
        return "has no hash"
    return None


def faults(text: str) -> list[str]:
    """Return every fault of a lock file's text, each beginning with its line number."""
    return [
        f"{number}: {line.split(' ')[0]!r} {fault}"
        for number, line in logical_lines(text)
        if (fault := fault_of(line))
    ]


def main(arguments: list[str]) -> int:
    """Check the lock files named; print all faults to stderr.

    Returns:
        0 if there are none and at least one file was named, else 1.
    """
    found = [
        f"{name}:{fault}" for name in arguments for fault in faults(Path(name).read_text("utf-8"))
    ]
    if not arguments:
        found.append("no lock files were named")
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
