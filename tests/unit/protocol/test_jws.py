"""Requests, each rule of RFC 8555 §6.2 to §6.5 as a statement."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import acme.jws
import pytest
from hypothesis import given
from hypothesis import strategies as st
from josepy import jwa
from josepy.jwk import JWKRSA

from acme_server.domain.problems import ACMEError
from acme_server.protocol import jws
from acme_server.protocol.encoding import decode_base64url
from acme_server.protocol.jws import UnverifiedRequest
from acme_server.protocol.keys import parse_jwk
from tests.unit.protocol.signing import (
    ABSENT,
    ACCOUNT_URL,
    ALGORITHMS,
    NONCE,
    URL,
    base64url,
    body,
    client_key,
    encoded,
    header_of,
    outcome,
    request,
)

MALFORMED = ("malformed", 400)


def refusal(raw: bytes) -> ACMEError:
    with pytest.raises(ACMEError) as raised:
        jws.parse(raw)
    return raised.value


def parsed(payload: bytes = b"{}", **changes: object) -> UnverifiedRequest:
    return jws.parse(body(request(None, payload, **changes)))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_signed_request_is_read_and_verified(algorithm: str) -> None:
    """RFC 8555 §6.2: ES256 is a must, EdDSA a should; cert-manager's keys are RSA."""
    key = client_key(algorithm)
    read = jws.parse(body(request(key, payload=b'{"a":1}')))
    assert (read.algorithm, read.nonce, read.url, read.kid) == (algorithm, NONCE, URL, None)
    assert read.jwk == parse_jwk(key.jwk)
    assert jws.payload_object(read) == {"a": 1}
    jws.verify_signature(read, jws.require_jwk(read))


def test_a_request_may_name_its_account_instead_of_a_key() -> None:
    read = parsed(jwk=ABSENT, kid=ACCOUNT_URL)
    assert jws.require_kid(read) == ACCOUNT_URL
    jws.verify_signature(read, parse_jwk(client_key().jwk))


def test_what_certbots_library_signs_is_read_and_verified() -> None:
    key = client_key("RS256")
    signed = acme.jws.JWS.sign(
        b'{"a": 1}',
        key=JWKRSA(key=key.private),
        alg=jwa.RS256,
        nonce=b"nonce",
        url=URL,
        kid=ACCOUNT_URL,
    )
    read = jws.parse(signed.json_dumps().encode())
    jws.verify_signature(read, parse_jwk(key.jwk))
    assert (read.nonce, read.url, read.kid) == (base64url(b"nonce"), URL, ACCOUNT_URL)


def test_members_beyond_the_jws_are_ignored() -> None:
    """RFC 7515 §7.2.2; RFC 8555 §7.3 for the same spirit."""
    read = jws.parse(body({**request(typ="JOSE"), "extra": 1}))
    jws.verify_signature(read, jws.require_jwk(read))


COMPACT = ".".join(request()[name] for name in ("protected", "payload", "signature"))

SHAPES: dict[str, bytes] = {
    "empty body": b"",
    "not JSON": b"not json",
    "array": body([request()]),
    "compact serialization": body(COMPACT),
    "bare compact serialization": COMPACT.encode(),
    "unprotected header": body({**request(), "header": {}}),
    "several signatures": body({**request(), "signatures": []}),
    "no signature": body({k: v for k, v in request().items() if k != "signature"}),
    "empty signature": body({**request(), "signature": ""}),
    "no protected header": body({k: v for k, v in request().items() if k != "protected"}),
    "no payload": body({k: v for k, v in request().items() if k != "payload"}),
    "payload as an object": body({**request(), "payload": {}}),
    "protected not base64url": body({**request(), "protected": "{}"}),
    "protected not JSON": body({**request(), "protected": base64url(b"no")}),
    "protected an array": body({**request(), "protected": base64url(b"[]")}),
    "protected twice": b'{"protected":"e30","protected":"e30","payload":"","signature":"AA"}',
    "padded signature": body({**request(), "signature": request()["signature"] + "=="}),
    "padded protected": body({**request(), "protected": request()["protected"] + "="}),
    "padded payload": body({**request(), "payload": "e30="}),
    "another base64 alphabet": body({**request(), "signature": "+/+/"}),
    "crit": body(request(crit=["exp"])),
    "b64": body(request(b64=False)),
    "b64 as by default": body(request(b64=True)),
    "no alg": body(request(alg=ABSENT)),
    "alg a number": body(request(alg=256)),
    "neither jwk nor kid": body(request(jwk=ABSENT)),
    "both jwk and kid": body(request(kid=ACCOUNT_URL)),
    "jwk not an object": body(request(jwk="key")),
    "kid not a string": body(request(jwk=ABSENT, kid=7)),
    "kid null": body(request(jwk=ABSENT, kid=None)),
    "nonce a number": body(request(nonce=7)),
    "nonce null": body(request(nonce=None)),
    "nonce not base64url": body(request(nonce="no nonce")),
    "nonce padded": body(request(nonce="bm9uY2U=")),
    "url not a string": body(request(url=["https://acme.example"])),
}


@pytest.mark.parametrize("raw", SHAPES.values(), ids=SHAPES)
def test_what_has_not_the_shape_of_a_request_is_malformed(raw: bytes) -> None:
    """RFC 8555 §6.2, §6.3, §6.5.2; RFC 7515 §2, §4.1.11, §7.2.2; RFC 7797 §6 for `b64`."""
    assert outcome(refusal(raw)) == MALFORMED


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS384", "PS256", "ES256K", "es256", ""])
def test_another_algorithm_is_refused_with_those_that_would_do(algorithm: str) -> None:
    """RFC 8555 §6.2."""
    error = refusal(body(request(alg=algorithm)))
    assert outcome(error) == ("badSignatureAlgorithm", 400)
    assert error.problem.algorithms == ALGORITHMS


def test_the_algorithm_must_fit_the_key_in_the_request() -> None:
    """RFC 7518 §3.1."""
    for key, algorithm in (("ES256", "RS256"), ("ES384", "ES256"), ("RS256", "EdDSA")):
        error = refusal(body(request(client_key(key), alg=algorithm)))
        assert outcome(error) == MALFORMED
        assert algorithm in error.problem.detail


def test_the_algorithm_must_fit_the_accounts_key() -> None:
    read = parsed(jwk=ABSENT, kid=ACCOUNT_URL)
    with pytest.raises(ACMEError) as raised:
        jws.verify_signature(read, parse_jwk(client_key("RS256").jwk))
    assert outcome(raised.value) == MALFORMED


def test_a_key_that_is_not_accepted_is_a_bad_public_key() -> None:
    error = refusal(body(request(jwk={**client_key().jwk, "d": "AQAB"})))
    assert outcome(error) == ("badPublicKey", 400)


def signature_of(it: dict[str, Any]) -> bytes:
    return decode_base64url(it["signature"], "the signature")


def flipped(signature: bytes) -> bytes:
    return signature[:-1] + bytes([signature[-1] ^ 1])


SPOILT: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "signature": lambda it: {**it, "signature": base64url(flipped(signature_of(it)))},
    "payload": lambda it: {**it, "payload": encoded({"other": 1})},
    "header": lambda it: {**it, "protected": encoded(header_of(client_key(), nonce="AAAA"))},
    "short signature": lambda it: {**it, "signature": base64url(signature_of(it)[:-1])},
    "DER": lambda it: {
        **it,
        "signature": base64url(
            client_key().der_signature(f"{it['protected']}.{it['payload']}".encode())
        ),
    },
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_request_that_was_changed_after_signing_is_malformed(
    spoil: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    """RFC 8555 §6.2; RFC 7518 §3.4 for the form of ECDSA signatures."""
    read = jws.parse(body(spoil(request())))
    with pytest.raises(ACMEError) as raised:
        jws.verify_signature(read, parse_jwk(client_key().jwk))
    assert outcome(raised.value) == MALFORMED


def test_the_signature_of_another_key_is_malformed() -> None:
    read = parsed(jwk=ABSENT, kid=ACCOUNT_URL)
    with pytest.raises(ACMEError) as raised:
        jws.verify_signature(read, parse_jwk(client_key("ES256", "other").jwk))
    assert outcome(raised.value) == MALFORMED


def test_a_missing_nonce_is_a_bad_nonce_and_told_only_after_the_signature() -> None:
    """RFC 8555 §6.5: parse lets it pass, so that the signature comes first."""
    read = parsed(nonce=ABSENT)
    with pytest.raises(ACMEError) as raised:
        jws.require_nonce(read)
    assert outcome(raised.value) == ("badNonce", 400)
    assert jws.require_nonce(parsed()) == NONCE


def test_a_missing_url_is_malformed() -> None:
    with pytest.raises(ACMEError) as raised:
        jws.require_url(parsed(url=ABSENT), URL)
    assert outcome(raised.value) == MALFORMED


@pytest.mark.parametrize(
    "url",
    [
        URL + "/",
        URL + "?a=1",
        URL.replace("new-order", "new-account"),
        URL.replace("https", "http"),
        URL.replace("acme.example", "ACME.example"),
        URL.replace("acme.example", "acme.example:443"),
        URL.replace("acme.example", "evil.example"),
        "",
    ],
)
def test_a_request_signed_for_another_url_is_unauthorized(url: str) -> None:
    """RFC 8555 §6.4: compared character by character."""
    with pytest.raises(ACMEError) as raised:
        jws.require_url(parsed(url=url), URL)
    assert outcome(raised.value) == ("unauthorized", 403)
    jws.require_url(parsed(url=URL), URL)


def test_a_resource_says_whether_it_wants_a_key_or_an_account() -> None:
    """RFC 8555 §6.2."""
    for require, read in (
        (jws.require_jwk, parsed(jwk=ABSENT, kid=ACCOUNT_URL)),
        (jws.require_kid, parsed()),
    ):
        with pytest.raises(ACMEError) as raised:
            require(read)
        assert outcome(raised.value) == MALFORMED


def test_reading_takes_the_empty_payload_and_no_other() -> None:
    """RFC 8555 §6.3: `{}` is not the empty string."""
    jws.require_empty_payload(parsed(payload=b""))
    for payload in (b"{}", b'""', b" "):
        with pytest.raises(ACMEError) as raised:
            jws.require_empty_payload(parsed(payload=payload))
        assert outcome(raised.value) == MALFORMED


@pytest.mark.parametrize("payload", [b"", b"[]", b'""', b"{", b"\xff", b'{"a":1,"a":2}'])
def test_a_payload_that_must_be_an_object_is_one(payload: bytes) -> None:
    with pytest.raises(ACMEError) as raised:
        jws.payload_object(parsed(payload=payload))
    assert outcome(raised.value) == MALFORMED


@pytest.mark.parametrize("value", ["application/jose+json", "Application/JOSE+JSON"])
def test_a_request_is_of_jose_json(value: str) -> None:
    jws.check_content_type(value)


@pytest.mark.parametrize(
    "value", [None, "", "application/json", "application/jose+json; charset=utf-8"]
)
def test_another_content_type_is_an_unsupported_media_type(value: str | None) -> None:
    """RFC 8555 §6.2."""
    with pytest.raises(ACMEError) as raised:
        jws.check_content_type(value)
    assert outcome(raised.value) == ("malformed", 415)


def test_a_request_shows_no_payload_or_signature_in_its_text() -> None:
    read = parsed(payload=b'{"secret": "s3cret"}')
    assert "s3cret" not in repr(read)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_request_or_an_acme_error(raw: bytes) -> None:
    with suppress(ACMEError):
        jws.parse(raw)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "alg": st.sampled_from(ALGORITHMS) | ANYTHING,
        "nonce": ANYTHING,
        "url": ANYTHING,
        "kid": ANYTHING,
        "jwk": st.fixed_dictionaries(
            {},
            optional={
                "kty": st.sampled_from(["RSA", "EC", "OKP", "oct"]) | ANYTHING,
                "crv": st.sampled_from(["P-256", "P-521", "Ed25519"]) | ANYTHING,
                **{name: st.binary(max_size=70).map(base64url) | ANYTHING for name in "nexyd"},
            },
        ),
        "crit": ANYTHING,
    },
)


@given(HEADERS, st.binary(max_size=40), st.binary(min_size=1, max_size=80))
def test_any_header_makes_a_request_that_verifies_or_an_acme_error(
    header: dict[str, Any], payload: bytes, signature: bytes
) -> None:
    raw = json.dumps(
        {
            "protected": encoded(header),
            "payload": base64url(payload),
            "signature": base64url(signature),
        }
    )
    with suppress(ACMEError):
        read = jws.parse(raw.encode())
        jws.verify_signature(read, read.jwk or parse_jwk(client_key().jwk))
