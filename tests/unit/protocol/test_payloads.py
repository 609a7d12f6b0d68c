"""What requests say, and what is refused of it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acme_server.domain.problems import ACMEError
from acme_server.protocol import payloads
from acme_server.protocol.payloads import (
    AccountUpdate,
    AuthorizationUpdate,
    ChallengeResponse,
    Finalize,
    NewAccount,
    NewOrder,
    RevokeCertificate,
)
from certwright.policy.identifiers import Identifier, IdentifierType
from tests.unit.protocol.signing import base64url, outcome

DNS, IP = IdentifierType.DNS, IdentifierType.IP


def refusal(read: Callable[[dict[str, Any]], object], payload: dict[str, Any]) -> ACMEError:
    with pytest.raises(ACMEError) as raised:
        read(payload)
    return raised.value


def order_of(*names: str, **members: object) -> dict[str, Any]:
    identifiers = [{"type": "dns", "value": name} for name in names]
    return {"identifiers": identifiers, **members}


def test_an_empty_new_account_asks_for_nothing() -> None:
    assert payloads.new_account({}) == NewAccount((), False, False, None)


def test_a_new_account_says_all_that_rfc_8555_has() -> None:
    """RFC 8555 §7.3."""
    binding = {"protected": "", "payload": "", "signature": ""}
    wanted = payloads.new_account(
        {
            "contact": ["mailto:a@example.com"],
            "termsOfServiceAgreed": True,
            "onlyReturnExisting": True,
            "externalAccountBinding": binding,
            "status": "valid",
            "unknown": 1,
        }
    )
    assert wanted == NewAccount(("mailto:a@example.com",), True, True, binding)


def test_null_members_count_as_absent() -> None:
    """A Go client without `omitempty` writes an empty list as null."""
    nothing = payloads.new_account({"contact": None, "externalAccountBinding": None})
    assert nothing == payloads.new_account({})
    assert payloads.account_update({"contact": None, "status": None}).contact is None


@pytest.mark.parametrize(
    "contact",
    ["mailto:a@example.com", "MAILTO:first.last+tag@sub.example.com", "mailto:root@localhost"],
)
def test_a_contact_is_kept_as_it_is_written(contact: str) -> None:
    assert payloads.new_account({"contact": [contact, contact]}).contact == (contact,)


@pytest.mark.parametrize("contact", ["tel:+15551234", "http://example.com", "a@example.com", ""])
def test_a_contact_of_another_scheme_is_unsupported(contact: str) -> None:
    """RFC 8555 §7.3."""
    error = refusal(payloads.new_account, {"contact": [contact]})
    assert outcome(error) == ("unsupportedContact", 400)


@pytest.mark.parametrize(
    "contact",
    [
        "mailto:",
        "mailto:nobody",
        "mailto:a@example.com,b@example.com",
        "mailto:a@example.com?subject=hello",
        "mailto:a%40b@example.com",
        "mailto:ä@example.com",
        "mailto:a@exämple.com",
        "mailto:a b@example.com",
        "mailto:a@-example.com",
        "mailto:a@example..com",
        "mailto:a@example.com\n",
        "mailto:.a@example.com",
        "mailto:" + "a" * 250 + "@example.com",
    ],
    ids=lambda contact: contact[:40],
)
def test_a_contact_is_one_address_and_nothing_more(contact: str) -> None:
    """RFC 8555 §7.3: no header fields, no second address."""
    error = refusal(payloads.new_account, {"contact": [contact]})
    assert outcome(error) == ("invalidContact", 400)


def test_all_bad_contacts_are_told_at_once() -> None:
    """RFC 8555 §6.7.1."""
    contact = ["tel:1", "mailto:a@example.com", "mailto:"]
    problem = refusal(payloads.new_account, {"contact": contact}).problem
    assert [each.type.value for each in problem.subproblems] == [
        "unsupportedContact",
        "invalidContact",
    ]


@pytest.mark.parametrize(
    "payload",
    [
        {"contact": "mailto:a@example.com"},
        {"contact": [7]},
        {"contact": ["mailto:a@example.com"] * 11},
        {"termsOfServiceAgreed": "true"},
        {"onlyReturnExisting": 1},
    ],
    ids=repr,
)
def test_a_new_account_of_another_form_is_malformed(payload: dict[str, Any]) -> None:
    assert outcome(refusal(payloads.new_account, payload)) == ("malformed", 400)


def test_an_account_update_changes_what_it_names() -> None:
    """RFC 8555 §7.3.2, §7.3.6."""
    assert payloads.account_update({}) == AccountUpdate(None, deactivate=False)
    assert payloads.account_update({"status": "valid"}) == AccountUpdate(None, deactivate=False)
    assert payloads.account_update({"contact": []}) == AccountUpdate((), deactivate=False)
    assert payloads.account_update({"status": "deactivated"}).deactivate


@pytest.mark.parametrize("status", ["revoked", "pending", "VALID", "", 7, True])
def test_an_account_can_be_set_to_no_other_status(status: object) -> None:
    error = refusal(payloads.account_update, {"status": status})
    assert outcome(error) == ("malformed", 400)


def test_an_order_names_identifiers() -> None:
    """RFC 8555 §7.4, RFC 8738 §3."""
    wanted = payloads.new_order(
        {
            "identifiers": [
                {"type": "dns", "value": "b.example.com"},
                {"type": "ip", "value": "192.0.2.1"},
                {"type": "dns", "value": "*.example.com"},
                {"type": "ip", "value": "2001:db8::1"},
            ]
        }
    )
    assert wanted == NewOrder(
        (
            Identifier(DNS, "b.example.com"),
            Identifier(IP, "192.0.2.1"),
            Identifier(DNS, "*.example.com"),
            Identifier(IP, "2001:db8::1"),
        ),
        not_before=None,
        not_after=None,
        replaces=None,
        profile=None,
    )


def test_duplicate_names_are_folded_and_keep_their_order() -> None:
    wanted = payloads.new_order(order_of("b.example.com", "A.example.com", "B.EXAMPLE.com"))
    assert [each.value for each in wanted.identifiers] == ["b.example.com", "a.example.com"]


def test_an_order_may_ask_for_times_a_profile_and_a_replacement() -> None:
    """RFC 8555 §7.4, RFC 9773 §5."""
    wanted = payloads.new_order(
        order_of(
            "a.example.com",
            notBefore="2026-01-01T00:00:00Z",
            notAfter="2026-01-08T02:00:00.123456789+02:00",
            replaces="aki.serial",
            profile="short",
        )
    )
    assert wanted.not_before == datetime(2026, 1, 1, tzinfo=UTC)
    assert wanted.not_after == datetime(2026, 1, 8, 0, 0, 0, 123456, tzinfo=UTC)
    assert wanted.not_after is not None
    assert wanted.not_after.tzinfo is UTC
    assert (wanted.replaces, wanted.profile) == ("aki.serial", "short")


@pytest.mark.parametrize(
    "moment",
    [
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T00:00:60Z",
        "20260101T000000Z",
        "2026-W01-1T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "٢٠٢٦-01-01T00:00:00Z",
        "tomorrow",
        1767225600,
    ],
)
def test_a_time_is_one_of_rfc_3339(moment: object) -> None:
    error = refusal(payloads.new_order, order_of("a.example.com", notAfter=moment))
    assert outcome(error) == ("malformed", 400)
    assert "notAfter" in error.problem.detail


def test_an_order_must_not_end_before_it_begins() -> None:
    times = {"notBefore": "2026-01-02T00:00:00Z", "notAfter": "2026-01-01T00:00:00Z"}
    error = refusal(payloads.new_order, order_of("a.example.com", **times))
    assert outcome(error) == ("malformed", 400)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"identifiers": []},
        {"identifiers": {"type": "dns", "value": "a.example.com"}},
        {"identifiers": ["a.example.com"]},
        {"identifiers": [{"type": "dns"}]},
        {"identifiers": [{"value": "a.example.com"}]},
        {"identifiers": [{"type": "dns", "value": 7}]},
        {"identifiers": [{"type": ["dns"], "value": "a.example.com"}]},
        order_of(*(f"n{index}.example.com" for index in range(101))),
        order_of("a.example.com", profile=7),
        order_of("a.example.com", replaces=["x"]),
    ],
    ids=lambda payload: repr(payload)[-60:],
)
def test_an_order_of_another_form_is_malformed(payload: dict[str, Any]) -> None:
    assert outcome(refusal(payloads.new_order, payload)) == ("malformed", 400)


def test_a_hundred_names_are_not_too_many() -> None:
    names = [f"n{index}.example.com" for index in range(100)]
    assert len(payloads.new_order(order_of(*names)).identifiers) == 100


def test_an_unknown_identifier_type_is_unsupported() -> None:
    """RFC 8555 §6.7."""
    payload = {"identifiers": [{"type": "email", "value": "a@example.com"}]}
    error = refusal(payloads.new_order, payload)
    assert outcome(error) == ("unsupportedIdentifier", 400)
    assert "dns or ip" in error.problem.detail


BAD_NAMES = [
    "",
    "a" * 64 + ".example.com",
    ".".join(["a" * 60] * 5),
    "a..example.com",
    "under_score.example.com",
    "exämple.com",
    "192.0.2.1",
    "a.example.com:443",
    "user@a.example.com",
    "a.*.example.com",
    "*.*.example.com",
    "*",
    "*.com",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_none_is_rejected(name: str) -> None:
    """RFC 8555 §7.4."""
    error = refusal(payloads.new_order, order_of(name))
    assert outcome(error) == ("rejectedIdentifier", 400)
    assert error.problem.subproblems == ()


@pytest.mark.parametrize("address", ["192.0.2.01", "2001:DB8::1", "fe80::1%eth0", "a", "::0", ""])
def test_an_address_that_is_none_or_not_canonical_is_rejected(address: str) -> None:
    """RFC 8738 §3."""
    payload = {"identifiers": [{"type": "ip", "value": address}]}
    assert outcome(refusal(payloads.new_order, payload)) == ("rejectedIdentifier", 400)


def test_several_bad_names_become_subproblems_each_with_its_identifier() -> None:
    """RFC 8555 §6.7.1."""
    problem = refusal(payloads.new_order, order_of("a_.com", "ok.example.com", "b_.com")).problem
    assert problem.type.value == "rejectedIdentifier"
    assert [each.identifier for each in problem.subproblems] == [
        Identifier(DNS, "a_.com"),
        Identifier(DNS, "b_.com"),
    ]


def test_faults_of_several_kinds_come_under_malformed() -> None:
    """RFC 8555 §6.7.1."""
    payload = {
        "identifiers": [{"type": "dns", "value": "a_.com"}, {"type": "email", "value": "a@b"}]
    }
    problem = refusal(payloads.new_order, payload).problem
    assert problem.type.value == "malformed"
    assert [each.type.value for each in problem.subproblems] == [
        "rejectedIdentifier",
        "unsupportedIdentifier",
    ]


def test_an_authorization_can_be_deactivated_and_nothing_else() -> None:
    """RFC 8555 §7.5.2."""
    assert payloads.authorization_update({"status": "deactivated"}) == AuthorizationUpdate(True)
    assert payloads.authorization_update({}) == AuthorizationUpdate(False)
    for status in ("valid", "pending", "revoked", 7):
        error = refusal(payloads.authorization_update, {"status": status})
        assert outcome(error) == ("malformed", 400)


def test_a_challenge_is_answered_by_any_object() -> None:
    """RFC 8555 §7.5.1; clients older than it send `keyAuthorization`."""
    assert payloads.challenge_response({}) == ChallengeResponse()
    assert payloads.challenge_response({"keyAuthorization": "a.b"}) == ChallengeResponse()


def test_finalize_brings_a_csr_in_base64url() -> None:
    """RFC 8555 §7.4."""
    assert payloads.finalize({"csr": base64url(b"\x30\x00")}) == Finalize(b"\x30\x00")


@pytest.mark.parametrize("csr", [None, 7, "", "MA==", "-----BEGIN CERTIFICATE REQUEST-----"])
def test_a_csr_that_is_missing_or_not_base64url_is_a_bad_one(csr: object) -> None:
    assert outcome(refusal(payloads.finalize, {"csr": csr})) == ("badCSR", 400)


@pytest.mark.parametrize("reason", [0, 1, 3, 4, 5])
def test_a_certificate_is_revoked_for_a_reason_that_a_subscriber_can_know(reason: int) -> None:
    """RFC 8555 §7.6, RFC 5280 §5.3.1."""
    wanted = payloads.revoke_certificate({"certificate": "MAA", "reason": reason})
    assert wanted == RevokeCertificate(b"\x30\x00", reason)


def test_a_revocation_without_reason_is_unspecified() -> None:
    for payload in ({"certificate": "MAA"}, {"certificate": "MAA", "reason": None}):
        assert payloads.revoke_certificate(payload).reason == 0


@pytest.mark.parametrize("reason", [2, 6, 7, 8, 9, 10, 99, -1, 10**19])
def test_another_reason_is_a_bad_one(reason: int) -> None:
    error = refusal(payloads.revoke_certificate, {"certificate": "MAA", "reason": reason})
    assert outcome(error) == ("badRevocationReason", 400)
    assert "0, 1, 3, 4, 5" in error.problem.detail


@pytest.mark.parametrize("reason", ["x", "1", 1.0, True, [1]], ids=repr)
def test_a_reason_that_is_no_integer_is_malformed(reason: object) -> None:
    error = refusal(payloads.revoke_certificate, {"certificate": "MAA", "reason": reason})
    assert outcome(error) == ("malformed", 400)


@pytest.mark.parametrize("certificate", [None, "", "MA==", 7])
def test_a_revocation_names_a_certificate(certificate: object) -> None:
    error = refusal(payloads.revoke_certificate, {"certificate": certificate})
    assert outcome(error) == ("malformed", 400)


READERS = [
    payloads.new_account,
    payloads.account_update,
    payloads.new_order,
    payloads.authorization_update,
    payloads.challenge_response,
    payloads.finalize,
    payloads.revoke_certificate,
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "value"]), inner, max_size=2)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "contact",
        "status",
        "termsOfServiceAgreed",
        "identifiers",
        "notBefore",
        "notAfter",
        "replaces",
        "profile",
        "csr",
        "certificate",
        "reason",
    ]
)


@given(st.sampled_from(READERS), st.dictionaries(NAMES, VALUES, max_size=5))
def test_any_object_is_a_request_or_an_acme_error(
    read: Callable[[dict[str, Any]], object], payload: dict[str, Any]
) -> None:
    with suppress(ACMEError):
        read(payload)
