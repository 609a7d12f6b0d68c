"""Starts that can't work: exit status 1, one clear message each, and nothing changed."""

import socket
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Launch
from tests.end_to_end.harness import documents, programs
from tests.end_to_end.harness.server import Place


def attempt(place: Place) -> programs.Finished:
    """Start a server that is not to come up, and return its end."""
    environment = programs.own_environment(place.documents.parent)
    return programs.run(place.command, environment, place.documents.parent)


def message(ended: programs.Finished) -> str:
    """Return what a start that failed said on stderr; it is status 1 and no traceback."""
    assert ended.code == 1, ended
    assert ended.output == ""
    assert "Traceback" not in ended.errors
    return ended.errors.strip()


def one_message(ended: programs.Finished) -> str:
    """Return the one line that a start which failed said on stderr."""
    [line] = message(ended).splitlines()
    return line


def test_a_broken_folder_is_refused_with_all_its_errors(launch: Launch) -> None:
    template = documents.template("**.example.test")
    template["spec"]["allowd"] = {}
    profile = documents.profile(defaults={"duration": "47 days"})
    place = launch(documents.standard() | {"template.yaml": [template], "p.yaml": [profile]}).place
    (place.documents / "torn.yaml").write_text("kind: [EABCredential")
    said = message(attempt(place))
    for file, found in (
        ("template.yaml", "allowd"),
        ("p.yaml", "spec.defaults.duration"),
        ("torn.yaml", "is not YAML"),
    ):
        assert any(file in line and found in line for line in said.splitlines()), said
    assert not place.data.exists()


def test_a_busy_port_is_told(launch: Launch) -> None:
    place = launch().place
    with socket.create_server(("127.0.0.1", place.port)):
        said = one_message(attempt(place))
    assert f"127.0.0.1:{place.port}" in said or f"127.0.0.1 port {place.port}" in said
    assert "in use" in said
    assert not place.data.exists()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        pytest.param("a-file", "not a folder", id="a file in its place"),
        pytest.param("a-file/data", "", id="a file above it"),
        pytest.param("nowhere/data", "no folder", id="no folder above it"),
        pytest.param("/proc/certwright", "can't be made", id="a file system that takes nothing"),
    ],
)
def test_a_data_folder_that_cannot_be_used_is_told(
    launch: Launch, tmp_path: Path, where: str, expected: str
) -> None:
    (tmp_path / "a-file").write_text("mine")
    place = launch().place
    unusable = Place(place.documents, tmp_path / where, place.settings, place.port, place.solvers)
    said = one_message(attempt(unusable))
    assert str(tmp_path / where) in said
    assert expected in said
    assert (tmp_path / "a-file").read_text() == "mine"


def test_a_second_server_on_the_same_data_is_refused_and_the_first_goes_on(
    launch: Launch,
) -> None:
    first = launch()
    first.start()
    other = launch(folder="other").place
    second = Place(other.documents, first.data, other.settings, other.port, other.solvers)
    said = one_message(attempt(second))
    assert str(first.data) in said
    assert "in use by another server" in said
    assert first.stop() == 0


def test_unknown_settings_are_refused(launch: Launch) -> None:
    place = launch(listne="127.0.0.1:1").place
    said = one_message(attempt(place))
    assert "listne" in said
    assert "did you mean listen" in said
    assert not place.data.exists()
