"""Bytes of a YAML or JSON file -> plain documents; never an exception for what they hold.

One reader for everything that people write, settings included. Kubernetes' meaning of unquoted
scalars is in `scalars`; values are only None, bool, int, float, str, list and dict, whatever the
tags say. Duplicate keys are refused, and so is what exceeds a bound: of a file's bytes, of its
documents, of a document's values (an alias counts as what it repeats) and of their depth.
"""

from collections.abc import Iterator
from itertools import islice

from certwright.resources.json_reader import read_json
from certwright.resources.raw import Problem, RawDocument
from certwright.resources.yaml_reader import read_yaml

MOST_BYTES = 4 * 1024 * 1024
MOST_DOCUMENTS = 20_000


def read_documents(content: bytes, file: str) -> tuple[RawDocument, ...]:
    """Return the documents of a file, empty ones included so that they can be counted.

    A document with problems has no value. `file` is the file's name: `.json` means JSON.
    """
    if len(content) > MOST_BYTES:
        return (_refused(f"has more than {MOST_BYTES // 1024} KiB"),)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return (_refused("is not UTF-8", content.count(b"\n", 0, error.start) + 1),)
    documents: Iterator[RawDocument]
    documents = iter((read_json(text),)) if file.endswith(".json") else read_yaml(text)
    found = tuple(islice(documents, MOST_DOCUMENTS + 1))
    if len(found) > MOST_DOCUMENTS:
        return (_refused(f"has more than {MOST_DOCUMENTS} documents"),)
    return found


def _refused(message: str, line: int = 0) -> RawDocument:
    return RawDocument(problems=(Problem(message, line),))
