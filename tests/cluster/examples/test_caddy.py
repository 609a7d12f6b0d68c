"""The example's Caddyfile, read by Caddy, which gets its certificate from a server on loopback.

It needs no cluster: it is here with what builds programs from Go's module proxy.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.examples.caddy import KEY_ID, Shop
from tests.cluster.harness import programs
from tests.end_to_end.harness import chains, documents, name_server, ports, webroot
from tests.end_to_end.harness.clients.account import Binding
from tests.end_to_end.harness.server import Place, Server

_GREETING = "This is the shop."


@pytest.fixture(params=["http-01", "tls-alpn-01"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """Serve a profile that offers one challenge."""
    offered = documents.profile(acme={"challenges": [request.param]})
    folder = tmp_path / "server"
    folder.mkdir()
    with name_server.serving() as port:
        place = Place.prepared(folder, port)
        documents.write(place.documents, documents.standard() | {"profile.yaml": [offered]})
        running = Server(place, folder / "log")
        running.start()
        yield running
        running.close()


@pytest.fixture
def shop(tell: Callable[[str], None], tmp_path: Path) -> Iterator[Shop]:
    """Give a machine with a shop on it."""
    goods, port = tmp_path / "goods", ports.free()
    goods.mkdir()
    (goods / "index.html").write_text(_GREETING)
    with webroot.serving(goods, port):
        yield Shop("shop.team-a.example.test", programs.caddy(tell), tmp_path / "caddy", port)


def test_caddy_serves_a_certificate_whichever_challenge_is_offered(
    server: Server, shop: Shop
) -> None:
    binding = server.binding()
    assert binding.key_identifier == KEY_ID
    caddy = shop.process(server, binding)
    try:
        caddy.start(lambda: shop.page(server) is not None)
        page = shop.page(server)
    finally:
        caddy.stop()
    assert page is not None
    assert page.endswith(_GREETING.encode())
    chains.verify(shop.full_chain(), server.roots(), shop.name)
    assert shop.serial() in server.certificates()


def test_caddy_with_another_secret_gets_no_certificate(server: Server, shop: Shop) -> None:
    wrong = Binding(KEY_ID, "d3Jvbmc" * 6)
    caddy = shop.process(server, wrong)
    try:
        caddy.start(lambda: "external account binding" in caddy.log.read_text(errors="replace"))
        assert shop.page(server) is None
    finally:
        caddy.stop()
    assert server.certificates() == {}
