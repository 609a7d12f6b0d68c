from pathlib import Path
from typing import Any

import pytest
import yaml

from acme_server.domain.documents.document import Kind
from acme_server.stores.kubernetes.definitions import files, main
from acme_server.stores.kubernetes.kinds import RESOURCES

_CRDS = Path(__file__).parents[3] / "crds" / "acme"

DEFINITIONS: dict[str, dict[str, Any]] = {name: yaml.safe_load(text) for name, text in files()}

every_definition = pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS)


def test_the_crds_on_disk_are_those_of_the_store() -> None:
    assert {path.name: path.read_text("utf-8") for path in _CRDS.iterdir()} == dict(files())


def test_the_command_writes_the_crds(tmp_path: Path) -> None:
    main([str(tmp_path / "crds")])
    assert {path.name for path in (tmp_path / "crds").iterdir()} == set(DEFINITIONS)


def test_every_kind_of_document_has_a_kind_of_its_own() -> None:
    assert set(RESOURCES) == set(Kind)
    assert len({each.kind for each in RESOURCES.values()}) == len(Kind)


@every_definition
def test_one_write_is_enough_for_an_object(definition: dict[str, Any]) -> None:
    """A status sent on create would be dropped where there is a status subresource."""
    (version,) = definition["spec"]["versions"]
    assert "subresources" not in version


@every_definition
def test_members_of_newer_servers_are_kept(definition: dict[str, Any]) -> None:
    (version,) = definition["spec"]["versions"]
    document = version["schema"]["openAPIV3Schema"]["properties"]["document"]
    assert document["x-kubernetes-preserve-unknown-fields"] is True


@every_definition
def test_the_state_is_in_another_category_than_what_people_write(
    definition: dict[str, Any],
) -> None:
    """`kubectl delete certwright --all` is for what people wrote, not for the server's state."""
    assert definition["spec"]["names"]["categories"] == ["certwright-acme"]
