from typing import Any

import pytest

from acme_server.domain.problems import ACMEError
from acme_server.protocol import key_change
from acme_server.protocol.keys import AccountPublicKey, parse_jwk
from tests.unit.protocol.signing import (
    ABSENT,
    ACCOUNT_URL,
    ALGORITHMS,
    ClientKey,
    body,
    client_key,
    encoded,
    header_of,
    outcome,
)

OUTER_URL = "https://acme.example/acme/pki/web/key-change"
OLD = client_key("ES256", "old")
NEW = client_key("ES256", "new")
CHANGE = {"account": ACCOUNT_URL, "oldKey": OLD.jwk}


def inner(change: object = CHANGE, key: ClientKey = NEW, **changes: object) -> dict[str, Any]:
    header = header_of(key, **{"nonce": ABSENT, "url": OUTER_URL, **changes})
    return dict(key.sign(header, body(change)))


def parse(value: object) -> AccountPublicKey:
    return key_change.parse(body(value), OUTER_URL, ACCOUNT_URL, parse_jwk(OLD.jwk))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_change_that_both_keys_sign_gives_the_new_key(algorithm: str) -> None:
    """RFC 8555 §7.3.5. The outer signature is the caller's to check."""
    key = client_key(algorithm, "new")
    assert parse(inner(key=key)) == parse_jwk(key.jwk)


def without(name: str) -> dict[str, object]:
    return {member: value for member, value in CHANGE.items() if member != name}


FORGED = {**inner(), "signature": inner(change={"other": 1})["signature"]}

MALFORMED: dict[str, object] = {
    "not a JWS": {"account": ACCOUNT_URL, "oldKey": OLD.jwk},
    "without jwk": inner(jwk=ABSENT),
    "with kid": inner(kid=ACCOUNT_URL),
    "with kid only": inner(jwk=ABSENT, kid=ACCOUNT_URL),
    "with a nonce": inner(nonce="bm9uY2U"),
    "without url": inner(url=ABSENT),
    "for another url": inner(url=ACCOUNT_URL),
    "forged": FORGED,
    "signed by another key": {
        **inner(),
        "signature": inner(key=client_key("ES256", "third"))["signature"],
    },
    "algorithm of another family": inner(alg="RS256"),
    "payload not JSON": {**inner(), "payload": encoded([])},
    "without account": inner(change=without("account")),
    "for another account": inner(change={**CHANGE, "account": ACCOUNT_URL + "2"}),
    "without the old key": inner(change=without("oldKey")),
    "with another old key": inner(change={**CHANGE, "oldKey": NEW.jwk}),
    "with an old key that is none": inner(change={**CHANGE, "oldKey": {}}),
    "to the key it has": inner(key=OLD),
}


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED)
def test_a_change_names_this_account_both_its_keys_and_is_signed_by_the_new_one(
    value: object,
) -> None:
    """RFC 8555 §7.3.5."""
    with pytest.raises(ACMEError) as raised:
        parse(value)
    assert outcome(raised.value) == ("malformed", 400)


def test_the_new_key_must_be_one_that_is_accepted() -> None:
    with pytest.raises(ACMEError) as raised:
        parse(inner(jwk={**NEW.jwk, "crv": "P-192"}))
    assert outcome(raised.value) == ("badPublicKey", 400)


def test_the_inner_algorithm_must_be_one_that_is_supported() -> None:
    with pytest.raises(ACMEError) as raised:
        parse(inner(alg="HS256"))
    assert outcome(raised.value) == ("badSignatureAlgorithm", 400)


def test_an_empty_payload_is_no_change() -> None:
    with pytest.raises(ACMEError) as raised:
        key_change.parse(b"", OUTER_URL, ACCOUNT_URL, parse_jwk(OLD.jwk))
    assert outcome(raised.value) == ("malformed", 400)
