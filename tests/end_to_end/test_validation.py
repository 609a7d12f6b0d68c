"""Challenges that are not met, and targets that must not be reached."""

from pathlib import Path

from tests.end_to_end.conftest import Launch
from tests.end_to_end.harness import webroot
from tests.end_to_end.harness.server import Server
from tests.end_to_end.harness.session import Answer, Session, opened

NAME = "www.team-a.example.test"


async def rejection(server: Server, folder: Path, *, prepare: bool) -> Answer:
    """Answer a challenge that can't be met; return the challenge when it has become invalid."""
    async with opened(server.directory()) as session:
        (await session.register(server.binding())).accepted()
        order = (await session.order(NAME)).accepted()
        [challenge] = await session.prepare_http_01(order, folder)
        if not prepare:
            webroot.answer(folder, challenge_token(await session.post(challenge)), "another")
        (await session.post(challenge, {})).accepted()
        invalid = await session.poll(challenge, until="invalid")
        await order_is_dead(session, order, NAME)
        return invalid


def challenge_token(challenge: Answer) -> str:
    """Return a challenge's token."""
    return str(challenge.accepted().body["token"])


async def order_is_dead(session: Session, order: Answer, name: str) -> None:
    """Assert that an order has become invalid, saying for which name."""
    ended = await session.poll(order.location, until="invalid")
    assert name in ended.body["error"]["detail"]


async def test_loopback_is_refused_with_the_setting_that_would_allow_it(
    launch: Launch, tmp_path: Path
) -> None:
    server = launch(validation={"allowedNetworks": [], "retryFor": "1s"})
    server.start()
    with webroot.serving(tmp_path, server.place.solvers.http_01):
        refused = await rejection(server, tmp_path, prepare=True)
    assert "127.0.0.1" in refused.body["error"]["detail"]
    assert "allowedNetworks" in refused.body["error"]["detail"]


async def test_a_wrong_answer_is_told_but_never_echoed(launch: Launch, tmp_path: Path) -> None:
    server = launch(validation={"retryFor": "1s"})
    server.start()
    with webroot.serving(tmp_path, server.place.solvers.http_01):
        refused = await rejection(server, tmp_path, prepare=False)
    assert refused.body["error"]["type"].endswith(":unauthorized")
    assert "another" not in refused.body["error"]["detail"]


async def test_a_name_where_nobody_listens_is_told(launch: Launch, tmp_path: Path) -> None:
    server = launch(validation={"retryFor": "1s"})
    server.start()
    refused = await rejection(server, tmp_path, prepare=True)
    assert refused.body["error"]["type"].endswith(":connection")
    assert str(server.place.solvers.http_01) in refused.body["error"]["detail"]
