"""lego's users: all three challenges, several keys, renewal, revocation."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.end_to_end.harness import chains
from tests.end_to_end.harness.clients.lego import Lego
from tests.end_to_end.harness.server import Server

NAME = "lego.team-a.example.test"
OTHER = "other.team-a.example.test"


def test_http_01_gives_a_certificate_for_several_names(server: Server, lego: Lego) -> None:
    lego.http_01(NAME, OTHER).succeeded()
    for name in (NAME, OTHER):
        chains.verify(lego.full_chain(NAME), server.roots(), name)


def test_tls_alpn_01_gives_a_certificate_for_several_names(server: Server, lego: Lego) -> None:
    lego.tls_alpn_01(NAME, OTHER).succeeded()
    for name in (NAME, OTHER):
        chains.verify(lego.full_chain(NAME), server.roots(), name)


def test_dns_01_gives_a_wildcard_certificate(server: Server, lego: Lego) -> None:
    lego.dns_01("*.apps.team-a.example.test").succeeded()
    path = lego.full_chain("*.apps.team-a.example.test")
    chains.verify(path, server.roots(), "any.apps.team-a.example.test")


@pytest.mark.parametrize(
    ("key_type", "expected", "size"),
    [
        pytest.param("ec256", ec.EllipticCurvePublicKey, 256, id="P-256"),
        pytest.param("ec384", ec.EllipticCurvePublicKey, 384, id="P-384"),
        pytest.param("rsa2048", rsa.RSAPublicKey, 2048, id="RSA-2048"),
    ],
)
def test_the_account_and_the_certificate_may_have_keys_of_any_type(
    server: Server,
    lego: Lego,
    key_type: str,
    expected: type[ec.EllipticCurvePublicKey | rsa.RSAPublicKey],
    size: int,
) -> None:
    lego.http_01(NAME, key_type=key_type).succeeded()
    key = chains.read(lego.full_chain(NAME))[0].public_key()
    assert isinstance(key, expected)
    assert key.key_size == size
    chains.verify(lego.full_chain(NAME), server.roots(), NAME)


def test_renewal_gives_a_new_certificate(server: Server, lego: Lego) -> None:
    lego.http_01(NAME).succeeded()
    first = chains.serial(lego.full_chain(NAME))
    lego.renew(NAME).succeeded()
    assert chains.serial(lego.full_chain(NAME)) != first
    chains.verify(lego.full_chain(NAME), server.roots(), NAME)


def test_a_certificate_is_revoked_once_and_the_second_try_is_told_so(
    server: Server, lego: Lego
) -> None:
    lego.http_01(NAME).succeeded()
    lego.revoke(NAME).succeeded()
    assert server.certificates()[chains.serial(lego.full_chain(NAME))]["revoked"] is not None
    assert "alreadyRevoked" in lego.revoke(NAME).failed().text
