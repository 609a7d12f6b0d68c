"""What a rule between fields is: CEL for the API server, a predicate for Python, examples of both.

The predicate sees typed values of the models, CEL sees the document after its defaults; the
examples are documents, so that the same ones run through both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from certwright.resources.model import API_VERSION

Example = Any
"""A value as it stands in a document at the rule's path."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold of every value at a path, whenever the object is written.

    `path` names fields with dots and a list's elements with `[]`: `spec.grants[].namespaces`; the
    rule is asked only where a value is given. `expression` is CEL over `self`; `holds` says the
    same of the model's value. `accept` and `refuse` are values for the path in an otherwise valid
    document; at the path `spec` they are merged into a valid spec, a None removing a field.
    """

    kind: str
    path: str
    expression: str
    message: str
    holds: Callable[[Any], bool]
    accept: tuple[Example, ...]
    refuse: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class TransitionRule:
    """What must hold between a value and its former self, where both are given.

    As `Rule`, with `oldSelf` in CEL, the former value as the predicate's first argument, and pairs
    (old, new) as examples.
    """

    kind: str
    path: str
    expression: str
    message: str
    holds: Callable[[Any, Any], bool]
    accept: tuple[tuple[Example, Example], ...]
    refuse: tuple[tuple[Example, Example], ...]


_VALID_SPECS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "CertificateAuthority": {"root": {}, "commonName": "Example Root"},
        "CertificateTemplate": {"preset": "TLSServer"},
        "CertificateProfile": {"issuer": {"selfSigned": {}}, "templateRef": {"name": "web"}},
        "EABCredential": {"profileRef": {"name": "web"}},
    }
)

_COMPANIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "allowedNamespaces": {"from": "Selector"},
        "namespaces": {"from": "Selector"},
        "grants[]": {"name": "team"},
    }
)
"""What a field on the way to a rule's path needs beside the way itself."""


def example_document(kind: str, path: str, example: Example) -> dict[str, Any]:
    """Return a document of `kind` that is valid but for `example`, which stands at `path`."""
    fields = path.split(".")[1:]
    value = example
    for depth, field in reversed(list(enumerate(fields))):
        if depth < len(fields) - 1:
            value = {**_COMPANIONS.get(field, {}), **value}
        value = {field.removesuffix("[]"): [value] if field.endswith("[]") else value}
    if "intermediate" in value:
        value = {"root": None, **value}
    spec = {**_VALID_SPECS[kind], **value}
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": "example", "namespace": "default"},
        "spec": {name: member for name, member in spec.items() if member is not None},
    }
