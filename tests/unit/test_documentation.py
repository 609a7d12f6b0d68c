"""What the documentation lists is what there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from acme_server.assembly.settings import PREFIX, SettingsError
from acme_server.cluster.settings import ClusterSettings
from acme_server.standalone.settings import Settings, load_settings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "standalone.md").read_text()
CLUSTER = (DOCS / "cluster.md").read_text()


def settings(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the path of each setting that has a value of its own."""
    for name, field in model.model_fields.items():
        path = before + (field.alias or name)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel) and not field.metadata:
            yield from settings(inner, f"{path}.")
        else:
            yield path, model


@pytest.mark.parametrize("path", [path for path, _ in settings(Settings)])
def test_every_setting_is_documented(path: str) -> None:
    assert f"`{path}`" in PAGE


ONLY_IN_A_CLUSTER = {path for path, _ in settings(ClusterSettings)} - {
    path for path, _ in settings(Settings)
}


@pytest.mark.parametrize("path", sorted(ONLY_IN_A_CLUSTER))
def test_every_setting_of_a_cluster_s_server_is_documented(path: str) -> None:
    assert f"`{path}`" in CLUSTER


def test_the_documented_variables_are_those_that_there_are() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(None, {f"{PREFIX}NONE": ""})
    known = str(refused.value).rpartition("there are: ")[2].split(", ")
    documented = set(re.findall(rf"`{PREFIX}([A-Z0-9_]+)`", PAGE))
    assert documented == set(known)
