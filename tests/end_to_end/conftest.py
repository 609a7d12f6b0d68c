"""Servers that run as processes, the name server they ask, and the clients that come to them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.harness import documents, name_server, webroot
from tests.end_to_end.harness.clients.certbot import Certbot
from tests.end_to_end.harness.clients.lego import Lego
from tests.end_to_end.harness.clients.uacme import Uacme
from tests.end_to_end.harness.server import Place, Server

Launch = Callable[..., Server]


@pytest.fixture(scope="session")
def name_server_port() -> Iterator[int]:
    """Serve `example.test`, whose names all have the address 127.0.0.1."""
    with name_server.serving() as port:
        yield port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, name_server_port: int) -> Iterator[Server]:
    """Serve the standard documents to all tests of a module, none of which changes them."""
    folder = tmp_path_factory.mktemp("server")
    with _running(Place.prepared(folder, name_server_port), documents.standard()) as running:
        running.start()
        yield running


@pytest.fixture
def launch(tmp_path: Path, name_server_port: int) -> Iterator[Launch]:
    """Give a way to make servers of a test's own, not started yet; they end with the test."""
    with ExitStack() as stack:

        def prepared(
            files: dict[str, list[documents.Document]] | None = None,
            folder: str = "own",
            **settings: Any,
        ) -> Server:
            (tmp_path / folder).mkdir()
            place = Place.prepared(tmp_path / folder, name_server_port, **settings)
            written = documents.standard() if files is None else files
            return stack.enter_context(_running(place, written))

        yield prepared


@contextmanager
def _running(place: Place, files: dict[str, list[documents.Document]]) -> Iterator[Server]:
    documents.write(place.documents, files)
    made = Server(place, place.settings.with_name("log"))
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def certbot(server: Server, tmp_path: Path) -> Certbot:
    """Give a new user of certbot with team-a's credential."""
    return Certbot(tmp_path / "certbot", server.directory(), server.place.solvers, server.binding())


@pytest.fixture
def lego(server: Server, tmp_path: Path) -> Lego:
    """Give a new user of lego with team-a's credential."""
    return Lego(tmp_path / "lego", server.directory(), server.place.solvers, server.binding())


@pytest.fixture
def served(server: Server, tmp_path: Path) -> Iterator[Path]:
    """Give a folder that is served to http-01."""
    folder = tmp_path / "webroot"
    folder.mkdir()
    with webroot.serving(folder, server.place.solvers.http_01):
        yield folder


@pytest.fixture
def uacme(server: Server, tmp_path: Path, served: Path) -> Uacme:
    """Give a new user of uacme with team-a's credential."""
    return Uacme(tmp_path / "uacme", server.directory(), served, server.binding())
