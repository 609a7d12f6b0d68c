"""The CRDs: documented, bounded, structural, up to date, and of one mind with the models."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, Field

from certwright.resources.documents import read_documents
from certwright.resources.kinds import KINDS
from certwright.resources.model import GROUP
from certwright.resources.rule import Rule, example_document
from certwright.resources.rules import RULES
from certwright.resources.schema import NAMES, custom_resource_definition, files, main
from certwright.resources.structural import Schema, structural_schema
from certwright.resources.validation import parse_resource

_CRDS = Path(__file__).parents[3] / "crds"
_STRUCTURAL = {
    "type",
    "format",
    "description",
    "default",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "maxProperties",
    "required",
    "properties",
    "items",
    "additionalProperties",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-validations",
}


def _schema(kind: str) -> Schema:
    (names,) = (names for names in NAMES if names.kind == kind)
    (version,) = custom_resource_definition(names)["spec"]["versions"]
    schema: Schema = version["schema"]["openAPIV3Schema"]
    return schema


def _nodes(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    yield path, schema
    for name, member in schema.get("properties", {}).items():
        yield from _nodes(member, f"{path}.{name}")
    if "items" in schema:
        yield from _nodes(schema["items"], f"{path}[]")
    if "additionalProperties" in schema:
        yield from _nodes(schema["additionalProperties"], f"{path}{{}}")


_NODES = [
    (path, node)
    for kind in KINDS
    for path, node in _nodes(_schema(kind), kind)
    # These are the API server's own.
    if path.removeprefix(kind) not in {".apiVersion", ".kind", ".metadata"}
]


def test_the_crds_on_disk_are_those_of_the_models() -> None:
    on_disk = {path.name: path.read_text("utf-8") for path in _CRDS.glob("*.yaml")}
    assert on_disk == dict(files())


def test_the_command_writes_the_crds(tmp_path: Path) -> None:
    main([str(tmp_path / "crds")])
    written = {path.name: path.read_text("utf-8") for path in (tmp_path / "crds").iterdir()}
    assert written == dict(files())


@pytest.mark.parametrize(("name", "text"), [*files()], ids=[name for name, _ in files()])
def test_a_crd_is_one_plain_document(name: str, text: str) -> None:
    (document,) = read_documents(text.encode(), name)
    assert document.problems == ()
    assert document.value == yaml.safe_load(text)
    assert "&id" not in text


def test_every_kind_has_its_crd_with_names_of_its_own() -> None:
    assert {names.kind for names in NAMES} == set(KINDS)
    shorts = {names.short for names in NAMES}
    assert len(shorts) == len(NAMES)
    assert not shorts & {"cert", "certs", "cr", "crs", "iss", "ciss"}


def test_a_crd_names_itself_as_kubernetes_demands() -> None:
    for names in NAMES:
        document = custom_resource_definition(names)
        assert document["metadata"]["name"] == f"{names.plural}.{GROUP}"
        (version,) = document["spec"]["versions"]
        assert version["subresources"] == {"status": {}}
        columns = [column["name"] for column in version["additionalPrinterColumns"]]
        assert columns[0] == "Ready"
        assert "Age" in columns


def test_every_schema_is_structural() -> None:
    assert [
        (path, set(node) - _STRUCTURAL) for path, node in _NODES if set(node) - _STRUCTURAL
    ] == []
    assert [path for path, node in _NODES if "type" not in node] == []


def test_every_object_has_the_schema_of_its_members() -> None:
    """Of an object without one the API server drops every member: a selector selects all then."""
    silent = {
        path
        for path, node in _NODES
        if node["type"] == "object" and not node.keys() & {"properties", "additionalProperties"}
    }
    assert silent == {
        "CertificateAuthority.spec.root",
        "CertificateProfile.spec.issuer.selfSigned",
    }
    assert sum(path.endswith(".matchLabels{}") for path, _ in _NODES) == 3


class _Odd(BaseModel):
    count: int = Field(default=2, multiple_of=2)


def test_what_a_structural_schema_would_leave_out_is_found_out() -> None:
    with pytest.raises(LookupError, match="multipleOf"):
        structural_schema(_Odd)


def test_every_field_is_described() -> None:
    fields = [
        (f"{path}.{name}", member)
        for path, node in _NODES
        for name, member in node.get("properties", {}).items()
        if not path.endswith(".metadata") and name != "metadata"
    ]
    assert len(fields) > 200
    assert [path for path, field in fields if not field.get("description")] == []


def test_every_text_list_and_map_is_bounded() -> None:
    bounds = {"string": ("maxLength", "enum"), "array": ("maxItems",)}
    unbounded = [
        path for path, node in _NODES if not any(b in node for b in bounds.get(node["type"], node))
    ]
    assert unbounded == []
    assert [
        path for path, n in _NODES if "additionalProperties" in n and "maxProperties" not in n
    ] == []


def test_every_list_says_how_it_is_merged() -> None:
    lists = {path: node for path, node in _NODES if node["type"] == "array"}
    assert {node["x-kubernetes-list-type"] for node in lists.values()} == {"atomic", "map", "set"}
    by_key = {
        p: n["x-kubernetes-list-map-keys"]
        for p, n in lists.items()
        if n["x-kubernetes-list-type"] == "map"
    }
    assert by_key == {
        "CertificateProfile.spec.grants": ["name"],
        "CertificateTemplate.spec.constraints.privateKeys": ["algorithm"],
        **{f"{kind}.status.conditions": ["type"] for kind in KINDS},
    }


def test_every_rule_of_the_table_stands_in_its_crd() -> None:
    validations = [
        (path.replace("[]", ""), validation["rule"], validation["message"])
        for path, node in _NODES
        for validation in node.get("x-kubernetes-validations", ())
    ]
    table = [
        (f"{rule.kind}.{rule.path}".replace("[]", ""), rule.expression, rule.message)
        for rule in RULES
    ]
    assert sorted(validations) == sorted(table)


def test_a_status_has_no_defaults() -> None:
    assert [path for path, node in _NODES if ".status" in path and "default" in node] == []


def _apply_defaults(schema: Schema, value: Any) -> Any:
    """Default a document as the API server does: what is missing, and then inside of that."""
    if isinstance(value, dict):
        for name, member in schema.get("properties", {}).items():
            if name not in value and "default" in member:
                value[name] = copy.deepcopy(member["default"])
            if name in value:
                value[name] = _apply_defaults(member, value[name])
    if isinstance(value, list):
        return [_apply_defaults(schema["items"], element) for element in value]
    return value


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_s_defaults_are_the_models_defaults(kind: str) -> None:
    for rule in RULES:
        if rule.kind == kind and isinstance(rule, Rule):
            for example in rule.accept:
                document = example_document(kind, rule.path, example)
                defaulted = _apply_defaults(_schema(kind), copy.deepcopy(document))
                assert parse_resource(defaulted) == parse_resource(document)


def test_names_are_bounded_by_the_crd_too() -> None:
    for kind in KINDS:
        name = _schema(kind)["properties"]["metadata"]["properties"]["name"]
        assert name["maxLength"] == 63
