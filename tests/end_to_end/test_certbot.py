"""certbot's users: certificates, renewal, revocation, the end of an account."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.end_to_end.harness import chains
from tests.end_to_end.harness.clients.certbot import Certbot
from tests.end_to_end.harness.server import Server

NAME = "www.team-a.example.test"


def test_http_01_with_eab_gives_a_chain_that_verifies_against_the_profiles_roots(
    server: Server, certbot: Certbot
) -> None:
    certbot.http_01(NAME).succeeded()
    chains.verify(certbot.full_chain, server.roots(), NAME)


def test_a_certificate_has_all_the_names_that_were_asked_for(
    server: Server, certbot: Certbot
) -> None:
    names = (NAME, "api.team-a.example.test", "a.b.c.team-a.example.test")
    certbot.http_01(*names).succeeded()
    assert chains.names(chains.read(certbot.full_chain)[0]) == set(names)
    for name in names:
        chains.verify(certbot.full_chain, server.roots(), name)


def test_a_certificate_may_be_for_an_rsa_key(server: Server, certbot: Certbot) -> None:
    certbot.http_01(NAME, key_type="rsa").succeeded()
    assert isinstance(chains.read(certbot.full_chain)[0].public_key(), rsa.RSAPublicKey)
    chains.verify(certbot.full_chain, server.roots(), NAME)


def test_dns_01_gives_a_wildcard_certificate(server: Server, certbot: Certbot) -> None:
    certbot.dns_01("*.apps.team-a.example.test", "apps.team-a.example.test").succeeded()
    chains.verify(certbot.full_chain, server.roots(), "any.apps.team-a.example.test")
    chains.verify(certbot.full_chain, server.roots(), "apps.team-a.example.test")


def test_a_certificate_for_an_address_is_had_over_http_01(server: Server, certbot: Certbot) -> None:
    certbot.http_01("127.0.0.1").succeeded()
    chains.verify(certbot.full_chain, server.roots(), "127.0.0.1")


def test_renewal_gives_a_new_certificate_for_the_same_names(
    server: Server, certbot: Certbot
) -> None:
    certbot.http_01(NAME).succeeded()
    first = chains.read(certbot.full_chain)[0]
    certbot.renew().succeeded()
    second = chains.read(certbot.full_chain)[0]
    assert second.serial_number != first.serial_number
    assert chains.names(second) == chains.names(first)
    chains.verify(certbot.full_chain, server.roots(), NAME)


def test_the_account_revokes_its_certificate_with_a_reason_and_only_once(
    server: Server, certbot: Certbot
) -> None:
    certbot.http_01(NAME).succeeded()
    serial = chains.serial(certbot.certificate)
    assert server.certificates()[serial]["revoked"] is None
    certbot.revoke("superseded").succeeded()
    revoked = server.certificates()[serial]["revoked"]
    assert revoked["reason"] == "superseded"
    assert "revoked already" in certbot.revoke("keycompromise").failed().text
    assert server.certificates()[serial]["revoked"] == revoked


def test_the_certificates_own_key_revokes_it_without_an_account(
    server: Server, certbot: Certbot
) -> None:
    certbot.http_01(NAME).succeeded()
    certbot.revoke_with_certificate_key().succeeded()
    assert server.certificates()[chains.serial(certbot.certificate)]["revoked"] is not None


def test_an_account_has_nothing_more_to_ask_once_it_is_deactivated(
    certbot: Certbot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    certbot.http_01(NAME).succeeded()
    copy = certbot.copied(tmp_path_factory.mktemp("copy") / "certbot")
    certbot.unregister().succeeded()
    assert "deactivated" in copy.renew().failed().text


def test_an_account_changes_its_contact(certbot: Certbot) -> None:
    certbot.register().succeeded()
    assert (
        "hostmaster@example.test"
        in certbot.update_account("hostmaster@example.test").succeeded().text
    )
