from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.bundles.credential import (
    CredentialInForce,
    CredentialSecret,
    decode_secret,
    encode_secret,
)
from certwright.bundles.document import BundleRefused
from certwright.policy.scopes import Scope
from tests.unit.bundles.material import FORMER, SECRET, credential
from tests.unit.pki.material import NOW

HOUR = timedelta(hours=1)


def loaded(**members: object) -> CredentialInForce:
    return CredentialInForce.load(credential(**members))


def test_a_credential_is_loaded_ready_to_be_asked() -> None:
    found = loaded()
    assert found.key_identifier == "team-a.default"
    assert found.profile == "pki/web"
    assert found.enrollment_scope == "u-1/teams/team-a"
    assert (found.uid, found.profile_uid, found.grant, found.max_accounts) == (
        "u-2",
        "u-1",
        "teams",
        5,
    )
    assert found.validation_required
    assert [scope.origin for scope in found.scopes] == ["grant teams"]


def test_during_a_rotation_both_secrets_bind() -> None:
    rotated = loaded(
        secrets=(
            CredentialSecret(revision=2, secret=SECRET),
            CredentialSecret(revision=1, secret=FORMER, expiration_time=NOW),
        )
    )
    assert rotated.secrets_at(NOW - HOUR) == (decode_secret(SECRET), bytes(32))
    assert rotated.secrets_at(NOW) == (decode_secret(SECRET),)


BOUND = NOW - 10 * HOUR


@pytest.mark.parametrize(
    ("members", "binding", "ordering"),
    [
        pytest.param({}, None, None, id="in force"),
        pytest.param(
            {"refusal": "its grant was withdrawn"},
            "is refused: its grant was withdrawn",
            "is refused: its grant was withdrawn",
            id="refused",
        ),
        pytest.param({"suspend": True}, "is suspended", "is suspended", id="suspended"),
        pytest.param({"expiration_time": NOW}, "expired at 2026-06-01", None, id="expired"),
        pytest.param({"expiration_time": NOW + HOUR}, None, None, id="not yet expired"),
        pytest.param(
            {"reject_accounts_before_time": BOUND + HOUR},
            None,
            "rejects accounts bound before 2026-06-01T03:00:00+00:00",
            id="bound before the cut-off",
        ),
        pytest.param({"reject_accounts_before_time": BOUND}, None, None, id="bound just after"),
    ],
)
def test_a_credential_says_why_it_gives_nothing(
    members: dict[str, object], binding: str | None, ordering: str | None
) -> None:
    found = loaded(**members)
    for said, expected in (
        (found.refusal_for_binding(NOW), binding),
        (found.refusal_for_ordering(BOUND), ordering),
    ):
        if expected is None:
            assert said is None
        else:
            assert said is not None
            assert said.startswith("EABCredential team-a/default ")
            assert expected in said


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(SECRET + "=", id="padding"),
        pytest.param(SECRET + "\n", id="line feed"),
        pytest.param(encode_secret(bytes([0xFF] * 32)).replace("_", "/"), id="plain base64"),
        pytest.param(encode_secret(bytes(31)), id="31 octets"),
        pytest.param(encode_secret(bytes(33)), id="33 octets"),
        pytest.param(SECRET[:-1] + "9", id="spare bits set"),
        pytest.param("ü" * 43, id="not ASCII"),
        pytest.param("A" * 41, id="impossible length"),
    ],
)
def test_a_secret_is_32_octets_in_base64url_and_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match="a secret is") as refused:
        decode_secret(text)
    assert not text or text not in str(refused.value)


@given(st.binary(min_size=32, max_size=32))
def test_every_secret_is_read_as_it_was_written(secret: bytes) -> None:
    assert decode_secret(encode_secret(secret)) == secret


def test_no_secret_shows_in_a_repr() -> None:
    found = loaded()
    assert SECRET not in repr(found)
    assert repr(decode_secret(SECRET)) not in repr(found)
    assert SECRET not in repr(credential().secrets)


@pytest.mark.parametrize(
    "scope",
    [Scope(dns_names=("a*.b",), origin="s"), Scope(ip_cidrs=("nowhere",), origin="s")],
)
def test_a_credential_with_a_pattern_that_is_none_is_refused(scope: Scope) -> None:
    with pytest.raises(BundleRefused, match="credential team-a/default is malformed"):
        loaded(scopes=(scope,))


def test_a_naive_time_is_no_time() -> None:
    with pytest.raises(ValueError, match="timezone"):
        credential(expiration_time=datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused
