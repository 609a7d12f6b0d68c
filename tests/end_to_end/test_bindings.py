"""External account bindings that are wrong: one clear message, and no account."""

from dataclasses import replace

import pytest

from tests.end_to_end.harness.clients.account import Binding
from tests.end_to_end.harness.clients.certbot import Certbot
from tests.end_to_end.harness.clients.lego import Lego
from tests.end_to_end.harness.server import Server
from tests.end_to_end.harness.session import opened

WRONG_SECRET = Binding("team-a.default", "A" * 43)
UNKNOWN_KID = Binding("team-a.nobody", "A" * 43)

WRONG = [
    pytest.param(
        WRONG_SECRET, "unauthorized", "KID 'team-a.default' was not accepted", id="secret"
    ),
    pytest.param(UNKNOWN_KID, "unauthorized", "KID 'team-a.nobody' was not accepted", id="KID"),
    pytest.param(
        None, "externalAccountRequired", "requires an external account binding", id="none"
    ),
]


@pytest.mark.parametrize(("binding", "problem", "message"), WRONG)
async def test_a_wrong_binding_makes_no_account_and_is_told_why(
    server: Server, binding: Binding | None, problem: str, message: str
) -> None:
    async with opened(server.directory()) as session:
        refused = await session.register(binding)
        assert (refused.status, refused.problem) == (403, problem)
        assert message in refused.detail
        assert (await session.known()).problem == "accountDoesNotExist"
        assert (await session.register(server.binding())).status == 201


@pytest.mark.parametrize(("binding", "_problem", "message"), WRONG[:2])
def test_certbot_shows_why_a_binding_is_wrong(
    certbot: Certbot, binding: Binding, _problem: str, message: str
) -> None:
    wrong = replace(certbot, binding=binding)
    assert message in wrong.register().failed().text
    assert not wrong.has_account


@pytest.mark.parametrize(("binding", "problem", "message"), WRONG[:2])
def test_lego_shows_why_a_binding_is_wrong(
    lego: Lego, binding: Binding, problem: str, message: str
) -> None:
    wrong = replace(lego, binding=binding)
    text = wrong.http_01("www.team-a.example.test").failed().text
    assert problem in text
    assert message in text


def test_the_directory_tells_clients_that_a_binding_is_required(lego: Lego) -> None:
    text = replace(lego, binding=None).http_01("www.team-a.example.test").failed().text
    assert "requires External Account Binding" in text


async def test_a_known_account_key_needs_no_binding(server: Server) -> None:
    async with opened(server.directory()) as session:
        made = (await session.register(server.binding())).accepted()
        session.account = None
        again = await session.register(WRONG_SECRET)
        assert (again.status, again.location) == (200, made.location)
