"""Ends under load: nothing that a client was told is lost."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from tests.end_to_end.conftest import Launch
from tests.end_to_end.harness import load, webroot
from tests.end_to_end.harness.load import Client
from tests.end_to_end.harness.server import Server

CLIENTS = 8
ENOUGH = 24
ROUNDS = 2


async def test_nothing_acknowledged_is_lost_when_the_server_is_killed_under_load(
    launch: Launch, tmp_path: Path
) -> None:
    server = launch()
    server.start()
    folder = tmp_path / "webroot"
    folder.mkdir()
    with webroot.serving(folder, server.place.solvers.http_01):
        async with AsyncExitStack() as stack:
            told: list[Client] = []
            for _ in range(ROUNDS):
                working = await load.clients(stack, server.directory(), CLIENTS)
                told += working
                await load.until_ended(working, folder, server.binding(), ENOUGH, server.kill)
                await asyncio.to_thread(server.start)
                await everything_is_there(told)
                assert revoked(server) >= {
                    chain.serial for client in told for chain in client.revoked
                }
            for client in (each for each in told if each.account):
                await client.issue(folder, f"after.c{client.number}.team-a.example.test")


async def test_whatever_the_server_took_up_is_answered_before_it_stops(
    launch: Launch, tmp_path: Path
) -> None:
    server = launch()
    server.start()
    folder = tmp_path / "webroot"
    folder.mkdir()
    with webroot.serving(folder, server.place.solvers.http_01):
        async with AsyncExitStack() as stack:
            working = await load.clients(stack, server.directory(), CLIENTS)
            await load.until_ended(working, folder, server.binding(), ENOUGH, server.stop)
            lines = map(json.loads, server.log.read_text().splitlines())
            taken_up = [line for line in lines if line.get("method") == "POST"]
            assert sum(client.session.answered for client in working) == len(taken_up)
            await asyncio.to_thread(server.start)
            for client in (each for each in working if each.account):
                await client.issue(folder, f"after.c{client.number}.team-a.example.test")
            assert sum(client.session.rejected_nonces for client in working) == 0


async def everything_is_there(told: Sequence[Client]) -> None:
    """Ask for all that the clients were told, each with its own account."""
    assert sum(len(client.chains) for client in told) >= ENOUGH
    for client in told:
        if client.account is None:
            continue
        account = (await client.session.post(client.account)).accepted()
        assert account.body["status"] == "valid"
        assert (await client.session.known()).location == client.account
        for order in client.orders:
            (await client.session.post(order.location)).accepted()
        for chain in client.chains:
            assert await client.session.download(chain) == chain.pem
        for chain in client.revoked:
            assert (await client.session.revoke(chain)).problem == "alreadyRevoked"


def revoked(server: Server) -> set[str]:
    """Return the serial numbers of the certificates that are listed as revoked."""
    return {serial for serial, each in server.certificates().items() if each["revoked"]}
