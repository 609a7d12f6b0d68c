"""Names that an account may not have: refused before any challenge, by name."""

import pytest

from tests.end_to_end.harness.clients.certbot import Certbot
from tests.end_to_end.harness.clients.lego import Lego
from tests.end_to_end.harness.server import Server
from tests.end_to_end.harness.session import opened

REFUSED = [
    pytest.param("www.example.org", id="outside the template"),
    pytest.param("www.team-b.example.test", id="outside the grant"),
    pytest.param("team-a.example.test", id="above what the grant's pattern covers"),
    pytest.param("*.team-b.example.test", id="a wildcard outside the grant"),
]


@pytest.mark.parametrize("name", REFUSED)
async def test_a_name_that_may_not_be_had_is_refused_with_the_order(
    server: Server, name: str
) -> None:
    async with opened(server.directory()) as session:
        (await session.register(server.binding())).accepted()
        refused = await session.order("www.team-a.example.test", name)
        assert refused.problem == "rejectedIdentifier"
        assert name in refused.detail
        assert "www.team-a.example.test" not in refused.detail
        assert "Location" not in refused.headers


async def test_all_refused_names_are_told_at_once(server: Server) -> None:
    async with opened(server.directory()) as session:
        (await session.register(server.binding())).accepted()
        wrong = {"a.example.org", "b.team-b.example.test"}
        refused = await session.order("www.team-a.example.test", *wrong)
        named = {each["identifier"]["value"] for each in refused.body["subproblems"]}
        assert named == wrong


def test_certbot_shows_the_refused_name_and_solves_no_challenge(certbot: Certbot) -> None:
    text = certbot.http_01("www.example.org").failed().text
    assert "www.example.org" in text
    assert "http-01 challenge" not in text


def test_lego_shows_the_refused_name_and_solves_no_challenge(lego: Lego) -> None:
    text = lego.http_01("www.team-b.example.test").failed().text
    assert "rejectedIdentifier" in text
    assert "Trying to solve" not in text
