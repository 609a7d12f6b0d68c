"""An API server that goes: what is known is answered, nothing is issued, and it comes back."""

from pathlib import Path

from acme_server.kubernetes_api.access import Access
from tests.cluster.harness import client as clients
from tests.cluster.harness.control_plane import ControlPlane
from tests.cluster.harness.waiting import eventually
from tests.cluster.server.site import Server, Site
from tests.cluster.store.conftest import documents, established


async def test_directories_are_answered_while_the_api_server_is_away_and_nothing_is_current(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    admin = control_plane.place.access
    token = tmp_path / "token"
    token.write_text(admin.token or "")
    access = Access(admin.server, admin.authority, token)
    async with clients.opened(admin) as client:
        for document in documents():
            await client.apply(document)
            await established(client, document["metadata"]["name"])
        site = Site(client, "default", access, tmp_path, settings={"bundles": {"staleAfter": "3s"}})
        await site.hand_over()
        async with site.running() as server:
            control_plane.api_server.kill()
            await eventually(lambda: stale(server))
            assert (await server.directory())[0] == 200
            assert (await server.asked("/acme/pki/web/new-nonce"))[0] == 204
            # Nobody can tell whether there is such a profile: 503, as for one that isn't known yet.
            assert (await server.directory("pki/unknown"))[0] == 503
            control_plane.start_api_server()
            await eventually(lambda: current(server))


async def stale(server: Server) -> None:
    reasons = (await server.readiness())["reasons"]
    assert any("haven't been seen for" in each for each in reasons), reasons


async def current(server: Server) -> None:
    assert await server.readiness() == {"ready": True, "reasons": []}
