import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from acme_server.protocol.keys import parse_jwk
from acme_server.protocol.thumbprints import jwk_of, thumbprint_of
from tests.unit.protocol.signing import ALGORITHMS, client_key


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_certificates_key_has_the_thumbprint_it_would_have_as_an_accounts(
    algorithm: str,
) -> None:
    """RFC 7638; RFC 8555 §11.1 wants the two told apart."""
    key = client_key(algorithm)
    assert jwk_of(key.private.public_key()) == key.jwk
    assert thumbprint_of(key.private.public_key()) == parse_jwk(key.jwk).thumbprint


def test_a_key_that_no_account_can_have_has_none() -> None:
    assert thumbprint_of(rsa.generate_private_key(65537, 1024).public_key()) is None
    assert thumbprint_of(ec.generate_private_key(ec.SECP256K1()).public_key()) is None
