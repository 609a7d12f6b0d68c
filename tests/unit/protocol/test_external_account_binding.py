from typing import Any

import pytest

from acme_server.domain.problems import ACMEError
from acme_server.protocol import external_account_binding
from acme_server.protocol.keys import parse_jwk
from tests.unit.protocol.signing import (
    ABSENT,
    URL,
    base64url,
    binding,
    client_key,
    encoded,
    outcome,
)

SECRET = bytes(range(32))
KEY = client_key()
PUBLIC = parse_jwk(KEY.jwk)


def verifies(value: object, *secrets: bytes) -> bool:
    parsed = external_account_binding.parse(value, URL, PUBLIC)
    return external_account_binding.verify(parsed, secrets)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_binding_made_with_the_secret_verifies(algorithm: str) -> None:
    """RFC 8555 §7.3.4, RFC 7518 §3.2."""
    value = binding(KEY, SECRET, algorithm=algorithm)
    assert external_account_binding.parse(value, URL, PUBLIC).kid == "team-a.default"
    assert verifies(value, SECRET)


def test_any_secret_in_force_will_do_while_a_credential_rotates() -> None:
    value = binding(KEY, SECRET)
    assert verifies(value, b"new", SECRET)
    assert verifies(value, SECRET, b"old")


def test_another_secret_does_not_verify() -> None:
    value = binding(KEY, SECRET)
    assert not verifies(value, b"other", SECRET[:-1])
    assert not verifies(value)


def test_a_mac_that_is_cut_short_does_not_verify() -> None:
    value = binding(KEY, SECRET)
    assert not verifies({**value, "signature": value["signature"][:20]}, SECRET)


@pytest.mark.parametrize("algorithm", ["none", "ES256", "RS256", "HS1", ABSENT, 256], ids=repr)
def test_a_binding_is_made_with_a_mac(algorithm: Any) -> None:
    """RFC 8555 §7.3.4."""
    value = binding(KEY, SECRET, alg=algorithm)
    with pytest.raises(ACMEError) as raised:
        external_account_binding.parse(value, URL, PUBLIC)
    assert outcome(raised.value) == ("malformed", 400)
    assert "HS256, HS384, HS512" in raised.value.problem.detail


OTHER = binding(client_key("ES256", "other"), SECRET)

WRONG: dict[str, object] = {
    "not an object": "binding",
    "an array": [binding(KEY, SECRET)],
    "with a nonce": binding(KEY, SECRET, nonce="bm9uY2U"),
    "without kid": binding(KEY, SECRET, kid=ABSENT),
    "with an empty kid": binding(KEY, SECRET, kid=""),
    "with a kid that is no string": binding(KEY, SECRET, kid=7),
    "without url": binding(KEY, SECRET, url=ABSENT),
    "for another url": binding(KEY, SECRET, url=URL + "/"),
    "of another key": OTHER,
    "of no key": {**binding(KEY, SECRET), "payload": encoded({})},
    "of no JSON": {**binding(KEY, SECRET), "payload": base64url(b"key")},
    "without a MAC": {**binding(KEY, SECRET), "signature": ""},
    "with an unprotected header": {**binding(KEY, SECRET), "header": {}},
}


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
def test_a_binding_binds_the_requests_key_at_the_requests_url(value: object) -> None:
    """RFC 8555 §7.3.4."""
    with pytest.raises(ACMEError) as raised:
        external_account_binding.parse(value, URL, PUBLIC)
    assert outcome(raised.value) == ("malformed", 400)


def test_the_bound_key_is_compared_as_a_key_not_as_text() -> None:
    """Some clients write the members of one JWK in two orders, or add `use`."""
    key = {**dict(reversed(KEY.jwk.items())), "use": "sig"}
    value = {**binding(KEY, SECRET), "payload": encoded(key)}
    assert external_account_binding.parse(value, URL, PUBLIC).kid == "team-a.default"
