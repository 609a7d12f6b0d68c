"""uacme's users: issuance, the change of an account's key, the end of an account."""

from pathlib import Path

from tests.end_to_end.harness import chains
from tests.end_to_end.harness.clients.uacme import Uacme
from tests.end_to_end.harness.server import Server

NAME = "uacme.team-a.example.test"


def test_http_01_with_eab_gives_a_chain_that_verifies(server: Server, uacme: Uacme) -> None:
    uacme.new().succeeded()
    uacme.issue(NAME).succeeded()
    chains.verify(uacme.certificate(NAME), server.roots(), NAME)


def test_after_a_key_change_the_new_key_has_the_account_and_the_old_one_has_none(
    uacme: Uacme, tmp_path: Path
) -> None:
    uacme.new().succeeded()
    uacme.issue(NAME).succeeded()
    old = uacme.copied(tmp_path / "old")
    uacme.new_key().succeeded()
    assert "no account associated" in old.update("old@example.test").failed().text
    uacme.update("new@example.test").succeeded()
    uacme.issue(NAME).succeeded()
    uacme.revoke(NAME).succeeded()


def test_a_deactivated_account_gets_no_certificate(uacme: Uacme) -> None:
    uacme.new().succeeded()
    uacme.deactivate().succeeded()
    assert "deactivated" in uacme.issue(NAME).failed().text
