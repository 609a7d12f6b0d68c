"""Restarts: what was agreed before goes on after."""

import asyncio
from hashlib import sha256
from pathlib import Path

from tests.end_to_end.conftest import Launch
from tests.end_to_end.harness import webroot
from tests.end_to_end.harness.server import Server
from tests.end_to_end.harness.session import opened

NAME = "www.team-a.example.test"
KEPT = ("secrets", "signers", "trust")


def digests(server: Server) -> dict[str, str]:
    """Return the digest of every file that must outlive a restart, by path."""
    files = (path for folder in KEPT for path in (server.data / folder).rglob("*"))
    return {
        str(path.relative_to(server.data)): sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file()
    }


def test_secrets_keys_and_trust_are_the_same_after_restarts_and_crashes(launch: Launch) -> None:
    server = launch()
    server.start()
    before = digests(server)
    assert {path.partition("/")[0] for path in before} == set(KEPT)
    assert server.stop() == 0
    server.start()
    assert digests(server) == before
    server.kill()
    server.start()
    assert digests(server) == before


def test_no_secret_can_be_read_by_others(launch: Launch) -> None:
    server = launch()
    server.start()
    files = [path for path in server.data.rglob("*") if path.is_file()]
    assert files
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}


async def test_an_order_goes_on_after_a_restart(launch: Launch, tmp_path: Path) -> None:
    server = launch()
    server.start()
    folder = tmp_path / "webroot"
    folder.mkdir()
    with webroot.serving(folder, server.place.solvers.http_01):
        async with opened(server.directory()) as session:
            (await session.register(server.binding())).accepted()
            order = (await session.order(NAME)).accepted()
            assert await asyncio.to_thread(server.stop) == 0
            await asyncio.to_thread(server.start)
            await session.prove(order, folder)
            assert session.rejected_nonces == 0
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            chain = await session.finalize(order)
            assert await asyncio.to_thread(server.stop) == 0
            await asyncio.to_thread(server.start)
            assert await session.download(chain) == chain.pem


async def test_a_challenge_under_way_is_taken_up_after_a_restart(
    launch: Launch, tmp_path: Path
) -> None:
    server = launch()
    server.start()
    folder = tmp_path / "webroot"
    folder.mkdir()
    async with opened(server.directory()) as session:
        (await session.register(server.binding())).accepted()
        order = (await session.order(NAME)).accepted()
        [challenge] = await session.prepare_http_01(order, folder)
        answered = (await session.post(challenge, {})).accepted()
        assert answered.body["status"] == "processing"
        assert await asyncio.to_thread(server.stop) == 0
        with webroot.serving(folder, server.place.solvers.http_01):
            await asyncio.to_thread(server.start)
            await session.poll(order.location, until="ready")
            await session.finalize(order)


async def test_nothing_secret_is_ever_logged(launch: Launch, tmp_path: Path) -> None:
    server = launch()
    server.start()
    with webroot.serving(tmp_path, server.place.solvers.http_01):
        async with opened(server.directory()) as session:
            (await session.register(server.binding())).accepted()
            await session.issue(tmp_path, NAME)
    assert await asyncio.to_thread(server.stop) == 0
    log = server.log.read_text()
    assert "finalize" in log
    assert server.binding().secret not in log
    assert "PRIVATE KEY" not in log
