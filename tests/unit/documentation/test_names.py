"""Documents, values, settings, metrics and annotations that pages name are those that there are."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from acme_server.cluster.settings import ClusterSettings
from acme_server.standalone.settings import Settings
from certwright.reconcile.verdicts import Reason
from certwright.resources.kinds import KINDS
from certwright.resources.schema import NAMES, custom_resource_definition
from certwright.resources.validation import parse_resource
from scripts.reference import metrics, sentences
from scripts.reference.settings import settings
from tests.unit.documentation.pages import DOCS, PAGES, ROOT, Block, all_blocks, name, words
from tests.unit.documentation.test_commands import value_paths

GROUP = "certwright.dev"


def documents() -> Iterator[tuple[Block, dict[str, Any]]]:
    """Yield every document of the pages' YAML blocks."""
    for block in all_blocks("yaml"):
        for document in yaml.safe_load_all(block.text):
            if isinstance(document, dict):
                yield block, document


def _ids(found: list[tuple[Block, dict[str, Any]]]) -> list[str]:
    return [f"{number} {block}" for number, (block, _) in enumerate(found)]


OURS = [each for each in documents() if str(each[1].get("apiVersion", "")).startswith(f"{GROUP}/")]
FRAGMENTS = [
    each for each in documents() if "apiVersion" not in each[1] and each[1].get("kind") in KINDS
]
VALUES = [each for each in documents() if each[1].keys() & {"server", "operator", "image"}]


def test_there_are_documents_of_every_sort() -> None:
    assert all([OURS, FRAGMENTS, VALUES])


@pytest.mark.parametrize(("block", "document"), OURS, ids=_ids(OURS))
def test_whole_documents_are_valid(block: Block, document: dict[str, Any]) -> None:
    assert parse_resource(document).kind == document["kind"], block


@pytest.mark.parametrize(("block", "document"), FRAGMENTS, ids=_ids(FRAGMENTS))
def test_parts_of_documents_have_fields_of_their_kind(
    block: Block, document: dict[str, Any]
) -> None:
    names = next(each for each in NAMES if each.kind == document["kind"])
    version = custom_resource_definition(names)["spec"]["versions"][0]
    schema = version["schema"]["openAPIV3Schema"]
    assert list(_unknown(document, schema, "")) == [], block


def _unknown(value: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    """Yield the fields of a value that a schema doesn't know."""
    if isinstance(value, list):
        for each in value:
            yield from _unknown(each, schema.get("items", {}), f"{path}[]")
    elif isinstance(value, dict) and "properties" in schema and path != ".metadata":
        for key, inner in value.items():
            if key in schema["properties"]:
                yield from _unknown(inner, schema["properties"][key], f"{path}.{key}")
            else:
                yield f"{path}.{key}"


@pytest.mark.parametrize(("block", "document"), VALUES, ids=_ids(VALUES))
def test_values_of_the_chart_are_those_that_there_are(
    block: Block, document: dict[str, Any]
) -> None:
    chosen = document.get("server", {}).pop("settings", {})
    assert list(_unknown_values(document, "")) == [], block
    assert set(_leaves(chosen)) <= setting_paths(), block


def _unknown_values(node: Any, path: str) -> Iterator[str]:
    if path and path not in value_paths():
        yield path
    for key, inner in node.items() if isinstance(node, dict) else ():
        yield from _unknown_values(inner, f"{path}.{key}".lstrip("."))


def _leaves(node: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of what is no section."""
    if not isinstance(node, dict):
        yield path
        return
    for key, inner in node.items():
        yield from _leaves(inner, f"{path}.{key}".lstrip("."))


@cache
def setting_paths() -> frozenset[str]:
    """Return the path of every setting."""
    return frozenset(each.path for model in (Settings, ClusterSettings) for each in settings(model))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_values_in_the_text_are_those_that_there_are(page: Path) -> None:
    tops = "crds|image|operator|prometheus|rbac|server"
    named = {
        word.partition(":")[0]
        for word in words(page)
        if re.match(rf"({tops})\.[a-z][A-Za-z.]*(: |$)", word)
        and not word.endswith((".md", ".yaml"))
    }
    assert named <= value_paths()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_settings_in_the_text_are_those_that_there_are(page: Path) -> None:
    sections = {path.partition(".")[0] for path in setting_paths() if "." in path}
    pattern = rf"({'|'.join(sorted(sections))})\.[a-z][A-Za-z0-9]*"
    named = {
        word.partition(":")[0]
        for word in words(page)
        if re.fullmatch(rf"{pattern}(: .*)?", word) and word not in {"tls.key", "tls.crt"}
    }
    assert named <= setting_paths()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_metrics_in_the_text_are_those_that_there_are(page: Path) -> None:
    known = {each.name for each in (*metrics.server_instruments(), *metrics.operator_instruments())}
    named = {
        found
        for word in words(page)
        for found in re.findall(r"\bcertwright_[a-z_]+[a-z]\b", word)
        if found != "certwright_operator"  # the package
    }
    assert named <= known


@cache
def written() -> frozenset[str]:
    """Return the labels and annotations of our group that the program writes or reads."""
    found = re.compile(rf"[a-z.]*{re.escape(GROUP)}/[a-z-]+")
    return frozenset(each for text in sentences.every(ROOT) for each in found.findall(text))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_labels_and_annotations_are_those_that_the_program_knows(page: Path) -> None:
    named = set(re.findall(rf"[a-z.]*{re.escape(GROUP)}/[a-z][a-z-]+", page.read_text()))
    known = {*written(), f"{GROUP}/v1alpha1", "acme.certwright.dev/owner"}
    assert {each.lstrip(".") for each in named} <= known


def test_reasons_that_the_operator_s_page_explains_are_those_that_there_are() -> None:
    table = (DOCS / "operator.md").read_text().partition("| reason | ")[2].partition("\n\n")[0]
    named = {
        reason
        for line in table.splitlines()[2:]
        for reason in re.findall(r"`([A-Za-z]+)`", line.split(" | ")[0])
    }
    assert named
    assert named <= set(Reason)


def test_the_database_that_is_backed_up_is_where_the_chart_has_it() -> None:
    page = (DOCS / "operations.md").read_text()
    templates = (ROOT / "helm" / "certwright" / "templates").rglob("*.tpl")
    chart = "".join(each.read_text() for each in templates)
    source = re.search(r'connect\("([^"]+)"\)\.backup', page)
    assert source is not None
    assert source[1] in chart
