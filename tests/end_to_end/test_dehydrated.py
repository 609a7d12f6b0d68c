"""dehydrated's users, who get what they ask for at the first try or not at all."""

from pathlib import Path

import pytest

from tests.end_to_end.harness import chains
from tests.end_to_end.harness.clients.dehydrated import Dehydrated
from tests.end_to_end.harness.server import Server

NAME = "dehydrated.team-a.example.test"
OTHER = "other.team-a.example.test"


@pytest.fixture
def dehydrated(server: Server, tmp_path: Path, served: Path) -> Dehydrated:
    """Give a new user of dehydrated with team-a's credential."""
    return Dehydrated(tmp_path / "dehydrated", server.directory(), served, server.binding())


def test_http_01_with_eab_gives_a_certificate_for_several_names(
    server: Server, dehydrated: Dehydrated
) -> None:
    dehydrated.register().succeeded()
    dehydrated.issue(NAME, OTHER).succeeded()
    for name in (NAME, OTHER):
        chains.verify(dehydrated.full_chain(NAME), server.roots(), name)


def test_a_certificate_is_revoked(server: Server, dehydrated: Dehydrated) -> None:
    dehydrated.issue(NAME).succeeded()
    serial = chains.serial(dehydrated.full_chain(NAME))
    dehydrated.revoke(NAME).succeeded()
    assert server.certificates()[serial]["revoked"] is not None
